import { join } from 'node:path';
import PQueue from 'p-queue';
import { type Logger, pino } from 'pino';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { RunEvent } from '../../domain/events.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import type { PlannedTrial } from '../../domain/trial.ts';
import { addDifferences } from '../../inference/cassettes/difference-count.ts';
import type { Spending } from '../../inference/pace/budget.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Progress } from '../../progress/progress.ts';
import { replaySentence } from '../../reports/replay-text.ts';
import { runTitle } from '../../reports/titles.ts';
import type { ResultStore } from '../../results/result-store.ts';
import { runFiles } from '../../results/run-folder.ts';
import type { SandboxEngine } from '../../sandbox/sandbox.ts';
import { runAll, type Try } from '../../scheduler/run-all.ts';
import { retryPolicy } from '../../trials/retry-policy.ts';
import { runTrial } from '../../trials/run-trial.ts';
import type { Lane, TrialDependencies } from '../../trials/trial-dependencies.ts';
import { verifierFor } from '../../verifiers/verifiers.ts';
import type { ChosenArm } from './choose-arms.ts';
import type { Cassettes } from './open-cassettes.ts';
import { openModels } from './open-models.ts';
import { type MountsOf, prepareAgents } from './prepare-agents.ts';

export interface ExecuteOptions {
  readonly store: ResultStore;
  readonly engine: SandboxEngine;
  readonly arms: readonly ChosenArm[];
  readonly tasks: readonly Task[];
  readonly plan: readonly PlannedTrial[];
  readonly finished: number;
  /** Tries that trials have had before, in a resumed run. */
  readonly tries?: ReadonlyMap<string, number>;
  /** What it has spent before, in a resumed run. */
  readonly spentBefore?: Spending;
  readonly cassettes: Cassettes;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly stop: AbortSignal;
}

export interface RunCounts {
  readonly unjudged: number;
  readonly state: 'finished' | 'interrupted';
  /** Why it was interrupted. */
  readonly endedBy?: 'interrupt' | 'budget';
}

/**
 * Runs what is planned and writes it down: the same for a new run, a resumed one and `validate`. Nothing
 * is told before it is on the disk; what was started is stopped.
 */
export async function executeRun(options: ExecuteOptions): Promise<RunCounts> {
  const { store, progress, stop } = options;
  const log = openLog(join(store.folder, runFiles.log));
  const emit = (event: RunEvent): void => {
    if (event.type !== 'image-progress' && event.type !== 'trial-output') log.info(event);
    progress.emit(event);
  };
  const { run } = store;
  emit({
    type: 'run-start',
    runId: run.runId,
    title: runTitle(run),
    trials: options.plan.length,
    finished: options.finished,
    simulated: run.simulated,
    folder: store.folder,
  });
  const sayStopping = (): void => emit({ type: 'notice', message: stoppingNotice });
  stop.addEventListener('abort', sayStopping, { once: true });
  try {
    await using models = await openModels({
      ...options,
      seed: run.seed,
      faults: run.faults,
      allowed: { limits: run.budget ?? {}, before: options.spentBefore },
    });
    const { spent } = models.budget;
    spent.addEventListener('abort', () => emit({ type: 'notice', message: messageOf(spent.reason) }));
    const noMore = AbortSignal.any([stop, spent]);
    const failure = new AbortController();
    const mountsOf = await prepareAgents(options.arms, {
      env: options.env,
      signal: stop,
      onProgress: (message) => emit({ type: 'notice', message }),
    });
    const dependencies = dependenciesOf(
      { ...options, mountsOf, stop: AbortSignal.any([noMore, failure.signal, options.cassettes.failed]) },
      models,
      emit,
    );
    const unjudged = await runTrials({ ...options, stop: noMore }, dependencies, emit, failure);
    const end = endOf(stop, spent);
    await store.update((before) => ({
      ...before,
      ...end,
      ...spendingOf(models),
      ...replayOf(before, options.cassettes),
      endedAt: new Date().toISOString(),
    }));
    const replayed = replaySentence(store.run);
    if (replayed !== undefined) emit({ type: 'notice', message: replayed });
    emit({ type: 'run-end', runId: run.runId, state: end.state });
    return { unjudged, ...end };
  } catch (error) {
    log.error({ message: messageOf(error) });
    await store
      .update((before) => ({ ...before, state: 'failed', endedAt: new Date().toISOString() }))
      // When the disk is full, the first failure is the one to be told.
      .catch(() => undefined);
    throw error;
  } finally {
    stop.removeEventListener('abort', sayStopping);
  }
}

/** What a replay found to be different, over all sittings of the run. */
function replayOf({ replay }: Run, cassettes: Cassettes): Pick<Run, 'replay'> {
  const now = cassettes.differences();
  if (replay === undefined || now === undefined) return {};
  return { replay: { ...replay, differences: addDifferences(replay.differences, now) } };
}

function endOf(stop: AbortSignal, spent: AbortSignal): Omit<RunCounts, 'unjudged'> {
  if (stop.aborted) return { state: 'interrupted', endedBy: 'interrupt' };
  return spent.aborted ? { state: 'interrupted', endedBy: 'budget' } : { state: 'finished' };
}

const keptPaceChanges = 1_000;

/** What is known of money and pace at the end of a run. */
function spendingOf({ budget, pace }: Models): Pick<Run, 'spending' | 'pace'> {
  const { usd, ...counted } = budget.spending();
  const changes = pace.history();
  return {
    spending: { ...counted, ...(usd === undefined ? {} : { usd }) },
    pace: {
      changes: changes.slice(-keptPaceChanges),
      leftOut: Math.max(0, changes.length - keptPaceChanges),
    },
  };
}

const stoppingNotice =
  'stopping: running trials are ended and their containers removed (Ctrl+C once more leaves at once)';

/** The log helps to understand a run and may break without loss, on a full disk for one. */
function openLog(dest: string): Logger {
  const destination = pino.destination({ dest, sync: false });
  destination.on('error', () => undefined);
  return pino(destination);
}

async function runTrials(
  options: ExecuteOptions,
  dependencies: TrialDependencies,
  emit: TrialDependencies['emit'],
  failure: AbortController,
): Promise<number> {
  const { store } = options;
  let unjudged = 0;
  const retryAfterMs = retryPolicy({ maxTries: store.run.limits.maxTries, seed: store.run.seed });

  const runOne = async (trial: PlannedTrial, attempt: Try): Promise<TrialRecord> => {
    emit({ type: 'trial-start', trialId: trial.id, try: attempt.number });
    const before = options.tries?.get(trial.id) ?? 0;
    const number = before + attempt.number;
    await options.cassettes.beginTry(trial.id, number);
    const ended = await options.cassettes.checked(
      await runTrial(trial, { ...attempt, number }, dependencies),
    );
    const isRetried = !options.stop.aborted && retryAfterMs(ended, attempt.number) !== undefined;
    const record = { ...ended, final: ended.outcome.status !== 'cancelled' && !isRetried };
    await options.cassettes.endTry(record);
    await store.append(record);
    await noteImage(store, record);
    if (record.final && record.outcome.status === 'errored') unjudged += 1;
    emit({ type: 'trial-end', trialId: trial.id, record });
    return record;
  };

  await runAll({
    items: options.plan,
    jobs: store.run.jobs,
    signal: options.stop,
    run: async (trial, attempt) => {
      try {
        return await runOne(trial, attempt);
      } catch (error) {
        // Only a failure to write is thrown: what runs beside it could not be kept either.
        failure.abort(error);
        throw error;
      }
    },
    retryAfterMs: (record, attempt) => {
      const afterMs = record.final ? undefined : retryAfterMs(record, attempt.number);
      if (afterMs !== undefined && record.outcome.status === 'errored') {
        emit({ type: 'trial-retry', trialId: record.trialId, afterMs, reason: record.outcome.message });
      }
      return afterMs;
    },
    nowUs: dependencies.clock.nowUs,
  });
  return unjudged;
}

/** Digests of images stand in run.json as soon as a trial has run in one. */
async function noteImage(store: ResultStore, record: TrialRecord): Promise<void> {
  const { image, taskId } = record;
  if (image === undefined || store.run.images[taskId]?.digest === image.digest) return;
  const noted = { name: image.name, digest: image.digest };
  await store.update((run) => ({ ...run, images: { ...run.images, [taskId]: noted } }));
}

type Models = Awaited<ReturnType<typeof openModels>>;

function dependenciesOf(
  { store, engine, arms, stop, mountsOf }: ExecuteOptions & { readonly mountsOf: MountsOf },
  models: Models,
  emit: TrialDependencies['emit'],
): TrialDependencies {
  const { run } = store;
  return {
    runId: run.runId,
    runFolder: store.folder,
    seed: run.seed,
    engine,
    inference: models.client,
    gateway: models.gateway,
    agentOf: (arm) => {
      const found = arms.find((candidate) => candidate.arm.agent === arm.agent)?.agent;
      if (found === undefined)
        throw new EvalrunError(`agent "${arm.agent}" is not planned`, { code: 'internal' });
      return found;
    },
    mountsOf,
    modelOf: models.profileOf,
    verifierFor,
    limits: run.limits,
    resources: run.resources,
    lanes: { image: laneOf(2), verify: laneOf(run.jobs) },
    clock: systemClock,
    stop,
    emit,
  };
}

function laneOf(width: number): Lane {
  const queue = new PQueue({ concurrency: width });
  return (work) => queue.add(work);
}
