import { resolve } from 'node:path';
import type { Agent } from '../../agents/agent.ts';
import { createAgents, validationAgents } from '../../agents/agents.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { createProgress } from '../../progress/create-progress.ts';
import { findRun } from '../../results/find-run.ts';
import { ResultStore, readRun, type StoredRun } from '../../results/result-store.ts';
import { resolveModel } from '../../suites/models.ts';
import { planTrials } from '../../suites/plan-trials.ts';
import type { ModelsFile } from '../../suites/suite-schema.ts';
import type { CommandContext } from '../command.ts';
import { budgetOf, refuseUnpriced } from './budget-flags.ts';
import { cassetteChoiceOfRun } from './cassette-flags.ts';
import type { ChosenArm } from './choose-arms.ts';
import { readConfiguration } from './configuration.ts';
import { executeRun } from './execute-run.ts';
import { exitCodeOf, finishRun } from './finish-run.ts';
import { hasWork } from './has-work.ts';
import { openCassettes } from './open-cassettes.ts';
import { openEngine } from './open-engine.ts';
import { replayedModel } from './recorded-models.ts';
import { refuseSpent, spentSoFar } from './spent-so-far.ts';
import { tasksById } from './tasks-by-id.ts';

export interface ResumeArguments {
  readonly run: string;
  readonly jobs?: number | undefined;
  readonly 'timeout-multiplier'?: number | undefined;
  readonly 'budget-usd'?: number | undefined;
  readonly 'budget-tokens'?: number | undefined;
  readonly 'retry-errored': boolean;
  readonly 'image-map'?: readonly string[] | undefined;
  readonly 'keep-containers': boolean;
  readonly results: string;
  readonly reports: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Runs the trials that have no final record. Limits and concurrency may change, tasks and models may not. */
export async function resumeRun(args: ResumeArguments, context: CommandContext): Promise<number> {
  const folder = await findRun(args.run, resolve(context.cwd, args.results));
  const stored = await readRun(folder);
  const configuration = await readConfiguration(context);
  const tasks = await sameTasks(stored.run, context);
  const agents = agentsOf(stored.run);
  const choice = await cassetteChoiceOfRun(stored.run);
  const arms = stored.run.arms.map((arm) =>
    sameArm(arm, stored.run, agents, (alias) =>
      choice.kind === 'replay'
        ? replayedModel(
            { alias, provider: undefined, transport: undefined, effort: undefined },
            choice.cassette.manifest,
          )
        : sameModel(alias, stored.run, configuration.models, context),
    ),
  );
  const budget = budgetOf(args, stored.run.budget);
  refuseUnpriced(budget, arms);
  const spentBefore = spentSoFar(stored);
  refuseSpent(budget, spentBefore, stored.run.runId);
  const { engine } = await openEngine(args, configuration.config, context);
  try {
    await using store = await ResultStore.reopen(folder, withChanges(stored.run, args, budget));
    // What a killed process left behind; its trials start from nothing again.
    await engine.removeLeftovers(stored.run.runId);
    const finished = finishedTrials(stored, args['retry-errored']);
    const plan = planTrials({ tasks, arms: stored.run.arms, attempts: stored.run.attempts, finished }).filter(
      hasWork,
    );
    await using cassettes = await openCassettes({ choice, run: store.run, arms, env: context.env });
    const progress = createProgress({ ...context, ...args, nowMs: () => Date.now() });
    const notices = stored.records.unreadable.map(
      ({ line, reason }) => `trials.jsonl line ${line} is not readable: ${reason}`,
    );
    for (const message of notices) progress.emit({ type: 'notice', message });
    try {
      const counts = await executeRun({
        env: context.env,
        store,
        engine,
        arms,
        tasks,
        plan,
        finished: finished.size,
        tries: triesSoFar(stored),
        spentBefore,
        cassettes,
        progress,
        stop: context.signal,
      });
      progress.close();
      await finishRun(
        { runFolder: folder, reportsFolder: resolve(context.cwd, args.reports), json: args.json },
        context,
      );
      return exitCodeOf({ ...counts, unjudged: counts.unjudged + erroredBefore(stored, finished) });
    } finally {
      progress.close();
    }
  } finally {
    await engine.close();
  }
}

function finishedTrials({ records }: StoredRun, retryErrored: boolean): Set<string> {
  const finals = records.values.filter(
    ({ final, outcome }) => final && !(retryErrored && outcome.status === 'errored'),
  );
  return new Set(finals.map(({ trialId }) => trialId));
}

/** The next try's number goes on from the last one's, so that no folder is written twice. */
function triesSoFar({ records }: StoredRun): Map<string, number> {
  const tries = new Map<string, number>();
  for (const { trialId, try: number } of records.values)
    tries.set(trialId, Math.max(number, tries.get(trialId) ?? 0));
  return tries;
}

function erroredBefore({ records }: StoredRun, finished: ReadonlySet<string>): number {
  const errored = records.values.filter(({ final, outcome }) => final && outcome.status === 'errored');
  return errored.filter(({ trialId }) => finished.has(trialId)).length;
}

function withChanges(run: Run, args: ResumeArguments, budget: Run['budget']): Run {
  const jobs = args.jobs ?? run.jobs;
  const timeoutMultiplier = args['timeout-multiplier'] ?? run.limits.timeoutMultiplier;
  const changes = [
    ...(jobs === run.jobs ? [] : [`jobs ${run.jobs} -> ${jobs}`]),
    ...(timeoutMultiplier === run.limits.timeoutMultiplier
      ? []
      : [`timeout multiplier ${run.limits.timeoutMultiplier} -> ${timeoutMultiplier}`]),
    ...(JSON.stringify(budget) === JSON.stringify(run.budget)
      ? []
      : [`budget ${JSON.stringify(run.budget ?? {})} -> ${JSON.stringify(budget)}`]),
    ...(args['retry-errored'] ? ['errored trials are run again'] : []),
  ];
  const { endedAt: _, endedBy: __, ...rest } = run;
  return {
    ...rest,
    state: 'running',
    ...(budget === undefined ? {} : { budget }),
    jobs,
    limits: { ...run.limits, timeoutMultiplier },
    resumed: [...run.resumed, { at: new Date().toISOString(), changes }],
  };
}

/** The run's tasks, read again; one that is gone or changed makes going on meaningless. */
async function sameTasks(run: Run, context: CommandContext): Promise<Task[]> {
  const found = await tasksById(run, context);
  return run.tasks.map(({ id, hash }) => {
    const task = found.get(id);
    if (task?.hash === hash) return task;
    throw new EvalrunError(
      `run ${run.runId} cannot be resumed: task ${id} ${task === undefined ? 'is gone' : 'has changed'} since it was started`,
      { code: 'usage' },
    );
  });
}

/** One of each for all arms, told what they were told before. */
function agentsOf(run: Run): readonly Agent[] {
  const told = run.agents.find(({ settings }) => settings !== undefined);
  return [...createAgents(told?.settings), ...validationAgents];
}

function sameArm(
  arm: Run['arms'][number],
  run: Run,
  agents: readonly Agent[],
  modelOf: (alias: string) => ModelProfile,
): ChosenArm {
  const agent = agents.find(({ name }) => name === arm.agent);
  const version = run.agents.find(({ name }) => name === arm.agent)?.version;
  if (agent === undefined || agent.version !== version) {
    throw new EvalrunError(
      `run ${run.runId} cannot be resumed: agent ${arm.agent} is not version ${version} here`,
      {
        code: 'usage',
      },
    );
  }
  if (arm.model === undefined) return { arm, agent, model: undefined };
  return { arm, agent, model: modelOf(arm.model) };
}

function sameModel(alias: string, run: Run, models: ModelsFile, context: CommandContext): ModelProfile {
  const before = run.models.find((model) => model.alias === alias);
  const profile = resolveModel(
    { alias, provider: before?.provider, transport: undefined, effort: before?.effort },
    models,
    context.env,
  );
  const now = {
    ...profile,
    transport: (before?.transport ?? profile.transport) as ModelProfile['transport'],
  };
  const isSame =
    before?.model === now.model &&
    before.simulated === (now.provider.kind === 'simulated') &&
    JSON.stringify(before.simulation ?? null) ===
      JSON.stringify(before.simulated ? (now.simulation ?? null) : null);
  if (isSame) return now;
  throw new EvalrunError(
    `run ${run.runId} cannot be resumed: model ${alias} is not what it was (see its run.json)`,
    {
      code: 'usage',
    },
  );
}
