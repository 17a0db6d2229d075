import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arm } from '../domain/arm.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { trialId } from '../domain/trial.ts';
import { runFiles, tryFolder } from '../results/run-folder.ts';
import { runDocument, trialRecord } from './records.ts';

export interface StoredTask {
  readonly id: string;
  readonly hash?: string;
  /** Of each attempt; undefined is an error of ours. */
  readonly resolved: readonly (boolean | undefined)[];
  readonly ttftMs?: number;
  readonly seconds?: number;
}

export interface StoredArm {
  readonly arm: Arm;
  readonly tasks: readonly StoredTask[];
}

/** Writes a run's folder as a run would leave it, from what its trials came to. */
export async function writeStoredRun(
  results: string,
  runId: string,
  arms: readonly StoredArm[],
  overrides: Partial<Run> = {},
): Promise<string> {
  const folder = join(results, runId);
  await mkdir(folder, { recursive: true });
  const tasks = [...new Map(arms.flatMap((one) => one.tasks).map((task) => [task.id, task])).values()];
  const run = runDocument({
    runId,
    state: 'finished',
    datasets: [{ name: 'made', format: 'harbor', folder: '/made', hash: 'd' }],
    tasks: tasks.map(({ id, hash = 'h' }) => ({ id, dataset: 'made', hash })),
    arms: arms.map(({ arm }) => arm),
    models: [...new Set(arms.flatMap(({ arm }) => arm.model ?? []))].map((alias) => ({
      alias,
      provider: 'openai',
      model: `${alias}-model`,
      transport: 'responses-websocket',
      simulated: false,
    })),
    agents: [...new Set(arms.map(({ arm }) => arm.agent))].map((name) => ({ name, version: '1' })),
    attempts: Math.max(...tasks.map(({ resolved }) => resolved.length)),
    ...overrides,
  });
  const records = arms.flatMap(({ arm, tasks: ofArm }) => ofArm.flatMap((task) => recordsOf(run, arm, task)));
  await writeFile(join(folder, runFiles.run), JSON.stringify(run));
  await writeFile(
    join(folder, runFiles.trials),
    records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  );
  return folder;
}

function recordsOf(
  run: Run,
  arm: Arm,
  { id, hash = 'h', resolved, ttftMs, seconds }: StoredTask,
): TrialRecord[] {
  return resolved.map((isResolved, index) => {
    const trial = trialId(id, arm, index + 1);
    return trialRecord({
      runId: run.runId,
      trialId: trial,
      taskId: id,
      taskHash: hash,
      dataset: 'made',
      arm,
      attempt: index + 1,
      simulated: run.simulated,
      outcome:
        isResolved === undefined
          ? { status: 'errored', phase: 'sandbox', code: 'sandbox', message: 'no room', retryable: false }
          : {
              status: 'judged',
              resolved: isResolved,
              rewards: { reward: isResolved ? 1 : 0 },
              ending: 'finished',
            },
      ...(seconds === undefined ? {} : { agentWorkingUs: Math.round(seconds * 1e6) }),
      ttft: ttftMs === undefined ? { n: 0 } : { n: 3, medianUs: Math.round(ttftMs * 1000) },
      folder: tryFolder(trial, 1),
    });
  });
}

/** Tasks named by their number. */
export function storedTasks(
  n: number,
  resolved: (index: number) => readonly (boolean | undefined)[],
  times: (index: number) => Pick<StoredTask, 'ttftMs' | 'seconds'> = () => ({}),
): StoredTask[] {
  return Array.from({ length: n }, (_, index) => ({
    id: `task-${String(index).padStart(4, '0')}`,
    resolved: resolved(index),
    ...times(index),
  }));
}
