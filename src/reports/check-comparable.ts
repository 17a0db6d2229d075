import { EvalrunError } from '../domain/errors.ts';
import type { LoadedRun } from './load-run.ts';
import type { ReportArm } from './report-arms.ts';

const fewExamples = 3;

/**
 * Refuses what no comparison may mix, with the runs or tasks in question; returns what may be compared but
 * wants to be said.
 */
export function checkComparable(arms: readonly ReportArm[]): string[] {
  refuseMixedSimulation(arms);
  return checkHashes(arms);
}

function refuseMixedSimulation(arms: readonly ReportArm[]): void {
  const named = (wanted: boolean): string[] =>
    arms
      .filter(({ simulated }) => simulated === wanted)
      .map(({ key, loaded }) => `${key} of run ${loaded.run.runId}`);
  const [simulated, real] = [named(true), named(false)];
  if (simulated.length === 0 || real.length === 0) return;
  throw new EvalrunError(
    `simulated and real results are not compared: ${simulated.join(', ')} ${simulated.length === 1 ? 'is' : 'are'} simulated, ${real.join(', ')} not; leave one kind out (--model, --agent, or other runs)`,
    { code: 'usage', facts: { simulated, real } },
  );
}

/** Imports write this where the other system gives a task no hash. */
const byName = 'name:';

function checkHashes(arms: readonly ReportArm[]): string[] {
  const hashes = new Map<string, Map<string, string>>();
  const onlyByName = new Set<string>();
  for (const { run } of runsOf(arms)) {
    for (const { id, hash } of run.tasks) {
      const ofTask = hashes.get(id) ?? new Map<string, string>();
      hashes.set(id, ofTask);
      if (hash.startsWith(byName)) onlyByName.add(id);
      else if (!ofTask.has(hash)) ofTask.set(hash, run.runId);
    }
  }
  const differing = [...hashes].filter(([, ofTask]) => ofTask.size > 1);
  if (differing.length > 0) throw differingHashes(differing);
  const shared = sharedTasks(arms);
  const matched = [...onlyByName].filter((id) => shared.has(id)).length;
  return matched === 0
    ? []
    : [
        `${matched} ${matched === 1 ? 'task is' : 'tasks are'} matched by name alone: an imported run does not tell their content, which may differ.`,
      ];
}

function differingHashes(differing: readonly (readonly [string, ReadonlyMap<string, string>])[]) {
  const examples = differing
    .slice(0, fewExamples)
    .map(([id, ofTask]) => `${id} (runs ${[...ofTask.values()].join(', ')})`);
  const more = differing.length > fewExamples ? `, and ${differing.length - fewExamples} more` : '';
  const which = differing.length === 1 ? '1 task is' : `${differing.length} tasks are`;
  return new EvalrunError(
    `${which} not the same in these runs, by the hash of their content: ${examples.join('; ')}${more}; run one side again with the other's dataset`,
    { code: 'usage', facts: { tasks: differing.map(([id]) => id) } },
  );
}

function runsOf(arms: readonly ReportArm[]): LoadedRun[] {
  return [...new Set(arms.map(({ loaded }) => loaded))];
}

/** Tasks of more than one run. */
function sharedTasks(arms: readonly ReportArm[]): Set<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { run } of runsOf(arms)) {
    for (const { id } of run.tasks) {
      if (seen.has(id)) shared.add(id);
      seen.add(id);
    }
  }
  return shared;
}
