import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ChosenArm } from '../commands/run/choose-arms.ts';
import { executeRun, type RunCounts } from '../commands/run/execute-run.ts';
import { type Cassettes, neither } from '../commands/run/open-cassettes.ts';
import { spentSoFar } from '../commands/run/spent-so-far.ts';
import type { RunEvent } from '../domain/events.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { ResultStore, readRun, type StoredRun } from '../results/result-store.ts';
import { planTrials } from '../suites/plan-trials.ts';
import type { FakeCommand, FakeEngine, FakeSandbox } from './fake-sandbox.ts';
import { rewardFile, task, taskStep } from './tasks.ts';

export const limits: Run['limits'] = {
  commandTimeoutSec: 10,
  maxTurns: 30,
  timeoutMultiplier: 1,
  maxTries: 2,
};

const patch = [
  'diff --git a/done.txt b/done.txt\n',
  'new file mode 100644\n',
  '--- /dev/null\n',
  '+++ b/done.txt\n',
  '@@ -0,0 +1 @@\n',
  '+done\n',
].join('');

/** Six tasks, each solved by a patch that adds `/app/done.txt`. */
export const sixTasks: readonly Task[] = ['north', 'east', 'south', 'west', 'up', 'down'].map((id) =>
  task({ id, steps: [taskStep({ verification: rewardFile(), solution: { kind: 'patch', patch } })] }),
);

export function isTests(argv: readonly string[]): boolean {
  return argv.join(' ').includes("'/tests/test.sh'");
}

/** A container that takes the agent's files, has something to say to every command, and judges what is left. */
export function judgedBy(
  isRight: (sandbox: FakeSandbox) => boolean,
  toolOutput = (): string => 'some files\n',
): FakeCommand {
  return ({ argv, stdin }, sandbox) => {
    if (stdin !== undefined) sandbox.write(resolve('/app', argv.at(-1) ?? ''), String(stdin));
    if (!isTests(argv)) return { stdout: toolOutput() };
    sandbox.write('/logs/verifier/reward.txt', isRight(sandbox) ? '1' : '0');
    return undefined;
  };
}

export interface FakeRun {
  readonly folder: string;
  readonly document: Run;
  readonly arms: readonly ChosenArm[];
  readonly tasks: readonly Task[];
  readonly engine: FakeEngine;
  readonly cassettes?: Cassettes;
  /** What the folder holds, where the run is gone on with. */
  readonly before?: StoredRun | undefined;
}

export interface ExecutedRun {
  readonly run: Run;
  readonly records: readonly TrialRecord[];
  readonly counts: RunCounts;
  readonly events: readonly RunEvent[];
}

/** A run from its first trial to its last record, in containers that are fakes. */
export async function executeFakeRun(options: FakeRun): Promise<ExecutedRun> {
  const { folder, document, arms, tasks, engine, cassettes = neither, before } = options;
  const finals = before?.records.values.filter(({ final }) => final) ?? [];
  const finished = new Set(finals.map(({ trialId }) => trialId));
  const events: RunEvent[] = [];
  await using store = await (before === undefined
    ? ResultStore.create(folder, document)
    : ResultStore.reopen(folder, document));
  const counts = await executeRun({
    env: {},
    store,
    engine,
    arms,
    tasks,
    plan: planTrials({ tasks, arms: arms.map(({ arm }) => arm), attempts: 1, finished }),
    finished: finished.size,
    ...(before === undefined ? {} : { spentBefore: spentSoFar(before) }),
    cassettes,
    progress: { emit: (event) => void events.push(event), close: () => undefined },
    stop: new AbortController().signal,
  });
  const { run, records } = await readRun(folder);
  return { run, records: records.values, counts, events };
}

const folders: string[] = [];

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-fake-run-'));
  folders.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}
