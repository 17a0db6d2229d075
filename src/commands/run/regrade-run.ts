import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import PQueue from 'p-queue';
import { messageOf } from '../../domain/errors.ts';
import { isResolved } from '../../domain/outcome.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { matchesAny } from '../../lib/glob.ts';
import { findRun } from '../../results/find-run.ts';
import { readRun } from '../../results/result-store.ts';
import { tryFiles } from '../../results/run-folder.ts';
import type { SandboxEngine, StartedSandbox } from '../../sandbox/sandbox.ts';
import { startEnvironment } from '../../trials/start-environment.ts';
import { verifierFor } from '../../verifiers/verifiers.ts';
import type { CommandContext } from '../command.ts';
import { listOf } from '../shared-flags.ts';
import { readConfiguration } from './configuration.ts';
import { openEngine } from './open-engine.ts';
import { tasksById } from './tasks-by-id.ts';

export interface RegradeArguments {
  readonly run: string;
  readonly tasks?: readonly string[] | undefined;
  readonly jobs: number;
  readonly 'image-map'?: readonly string[] | undefined;
  readonly 'keep-containers': boolean;
  readonly results: string;
  readonly json: boolean;
}

type Regraded =
  | {
      readonly trialId: string;
      readonly status: 'same' | 'changed';
      readonly before: boolean;
      readonly now: boolean;
    }
  | {
      readonly trialId: string;
      readonly status: 'errored' | 'no-patch' | 'task-changed';
      readonly message: string;
    };

/** Nothing is written to the run: a verdict that changes is shown. Exit code 0 when all are the same. */
export async function regradeRun(args: RegradeArguments, context: CommandContext): Promise<number> {
  const folder = await findRun(args.run, resolve(context.cwd, args.results));
  const { run, records } = await readRun(folder);
  const tasks = await tasksById(run, context);
  const globs = listOf(args.tasks);
  const judged = records.values.filter(
    ({ final, outcome, taskId }) =>
      final && outcome.status === 'judged' && (globs === undefined || matchesAny(taskId, globs)),
  );
  const { config } = await readConfiguration(context);
  const { engine } = await openEngine(args, config, context);
  try {
    const lane = new PQueue({ concurrency: args.jobs });
    const grade = (record: TrialRecord): Promise<Regraded> =>
      lane.add(() =>
        regrade(record, tasks.get(record.taskId), { run, folder, engine, signal: context.signal }),
      );
    const results = await Promise.all(judged.map(grade));
    for (const result of results)
      context.stdout.write(`${args.json ? JSON.stringify(result) : lineOf(result)}\n`);
    context.signal.throwIfAborted();
    return results.some(({ status }) => status === 'changed' || status === 'errored') ? 1 : 0;
  } finally {
    await engine.close();
  }
}

interface GradeOptions {
  readonly run: Run;
  readonly folder: string;
  readonly engine: SandboxEngine;
  readonly signal: AbortSignal;
}

async function regrade(
  record: TrialRecord,
  task: Task | undefined,
  options: GradeOptions,
): Promise<Regraded> {
  const { trialId } = record;
  if (task?.hash !== record.taskHash)
    return { trialId, status: 'task-changed', message: 'the task is not what it was' };
  const verifier = verifierFor(task.steps[0].verification);
  if (!verifier.needsPatch || task.steps.length > 1) {
    return { trialId, status: 'no-patch', message: "it was judged in the agent's container, which is gone" };
  }
  const sandboxes: StartedSandbox[] = [];
  try {
    const verdict = await verifier.verify({
      task,
      step: task.steps[0],
      patch: await readFile(join(options.folder, record.folder, tryFiles.patch)),
      startFresh: (environment) => startFresh(task, environment ?? task.environment, options, sandboxes),
      timeoutMultiplier: options.run.limits.timeoutMultiplier,
      signal: options.signal,
      log: () => undefined,
    });
    const before = record.outcome.status === 'judged' && record.outcome.resolved;
    const now = isResolved(verdict.rewards);
    return { trialId, status: before === now ? 'same' : 'changed', before, now };
  } catch (error) {
    return { trialId, status: 'errored', message: messageOf(error) };
  } finally {
    await Promise.all(sandboxes.map((sandbox) => sandbox.remove()));
  }
}

async function startFresh(
  task: Task,
  environment: Task['environment'],
  { engine, run, signal }: GradeOptions,
  sandboxes: StartedSandbox[],
): Promise<StartedSandbox> {
  const image = await engine.prepareImage(environment.image, {
    signal,
    timeoutMs: environment.startTimeoutSec * 1000,
  });
  const sandbox = await startEnvironment(
    { environment, image, trialId: task.id, role: 'verifier', signal },
    { engine, runId: `regrade-${run.runId}`, resources: run.resources },
  );
  sandboxes.push(sandbox);
  return sandbox;
}

function lineOf(result: Regraded): string {
  if ('message' in result) return `${result.status.padEnd(12)} ${result.trialId}: ${result.message}`;
  const words = (resolved: boolean): string => (resolved ? 'resolved' : 'not resolved');
  const now = result.status === 'same' ? '' : ` -> ${words(result.now)}`;
  return `${result.status.padEnd(12)} ${result.trialId}: ${words(result.before)}${now}`;
}
