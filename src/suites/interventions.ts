import { dirname, join, resolve } from 'node:path';
import { isFile } from '../datasets/files.ts';
import { hashFolder, hashTexts } from '../datasets/hashes.ts';
import { EvalrunError } from '../domain/errors.ts';
import { type InterventionEntry, parseMoment } from '../domain/intervention.ts';
import type { RewardFileVerification, Task, TaskStep, Verification } from '../domain/task.ts';
import { nearest } from '../lib/suggest.ts';
import type { Suite } from './load-suite.ts';

/** The suite's interventions with the folders of the changed tasks as absolute paths, as run.json keeps them. */
export function interventionsOf({ file, path }: Suite): InterventionEntry[] {
  return (file.interventions ?? []).map((entry) => ({
    ...entry,
    changed: resolve(dirname(path), entry.changed),
  }));
}

/**
 * Puts the changed task in the place of each task that an entry names, one for each of its entries. `where` is
 * the suite's path, for messages.
 */
export async function withInterventions(
  tasks: readonly Task[],
  entries: readonly InterventionEntry[],
  where: string,
): Promise<Task[]> {
  refuseUnknownTasks(tasks, entries, where);
  const changed: Task[] = [];
  for (const task of tasks) {
    const own = [...entries.entries()].filter(([, entry]) => entry.task === task.id);
    if (own.length === 0) changed.push(task);
    for (const [index, entry] of own) {
      changed.push(await changedTask(task, entry, `${where}: interventions.${index}`));
    }
  }
  return changed;
}

function refuseUnknownTasks(
  tasks: readonly Task[],
  entries: readonly InterventionEntry[],
  where: string,
): void {
  const ids = tasks.map(({ id }) => id);
  for (const [index, { task }] of entries.entries()) {
    if (ids.includes(task)) continue;
    const hint = nearest(task, ids);
    const suggestion = hint === undefined ? '' : ` (did you mean "${hint}"?)`;
    throw mistake(`${where}: interventions.${index}.task: the suite has no task "${task}"${suggestion}`);
  }
}

async function changedTask(task: Task, entry: InterventionEntry, where: string): Promise<Task> {
  const [step, ...others] = task.steps;
  if (others.length > 0) throw mistake(`${where}.task: "${task.id}" has several steps`);
  for (const file of ['tests/test.sh', 'solution/solve.sh']) {
    if (!isFile(join(entry.changed, file)))
      throw mistake(`${where}.changed: there is no ${file} in ${entry.changed}`);
  }
  const at = parseMoment(entry.at);
  if (at === undefined) throw mistake(`${where}.at: "${entry.at}" is no moment`);
  const { kind, message, follows, stale, changed: folder, ...rest } = entry;
  const hashed = JSON.stringify([rest, kind, message, follows, stale]);
  return {
    ...task,
    id: `${task.id}.${entry.name ?? kind}`,
    hash: hashTexts([task.hash, hashed, await hashFolder(folder)]),
    // Orders for one task are not independent of each other.
    group: task.group ?? task.id,
    steps: [changedStep(step, folder, where)],
    intervention: { kind, at, atText: entry.at, message, follows, stale },
  };
}

/** What was right before the order is the wrong solution now, for `validate` and for the simulator. */
function changedStep(step: TaskStep, folder: string, where: string): TaskStep {
  const { solution, wrongSolution: _, ...rest } = step;
  const directory = join(folder, 'solution');
  return {
    ...rest,
    verification: changedVerification(step.verification, folder, where),
    solution: { kind: 'script', directory, script: 'solve.sh', env: {} },
    ...(solution === undefined ? {} : { wrongSolution: solution }),
  };
}

function changedVerification(original: Verification, folder: string, where: string): RewardFileVerification {
  const testFolders = [join(folder, 'tests')];
  if (original.kind !== 'reward-file') {
    const { timeoutSec } = original;
    const rest = { script: 'test.sh', env: {}, artifacts: [], collect: [] };
    return { kind: 'reward-file', mode: 'shared', testFolders, timeoutSec, ...rest };
  }
  if (original.testFolders.length === 0) {
    throw mistake(`${where}.task: the task's tests lie in an image of their own and cannot be changed`);
  }
  return { ...original, testFolders, script: 'test.sh' };
}

function mistake(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}
