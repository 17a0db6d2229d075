import { join, resolve } from 'node:path';
import type { Agent } from '../../agents/agent.ts';
import { createAgents } from '../../agents/agents.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { Resources, Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import type { PlannedTrial } from '../../domain/trial.ts';
import { createProgress } from '../../progress/create-progress.ts';
import { ResultStore } from '../../results/result-store.ts';
import { chooseTasks } from '../../suites/choose-tasks.ts';
import { interventionsOf, withInterventions } from '../../suites/interventions.ts';
import { loadSuite, type Suite, suiteOfFolder } from '../../suites/load-suite.ts';
import { resolveModel } from '../../suites/models.ts';
import { planTrials } from '../../suites/plan-trials.ts';
import { refuseUnsteerable } from '../../suites/refuse-unsteerable.ts';
import type { CommandContext } from '../command.ts';
import { listOf } from '../shared-flags.ts';
import { agentSettingsOf } from './agent-settings.ts';
import { budgetOf, refuseUnpriced } from './budget-flags.ts';
import { buildRun, checkRunId, defaultJobs, newRunId } from './build-run.ts';
import { type CassetteChoice, cassetteChoiceOf, refuseUnrecorded } from './cassette-flags.ts';
import { type ChosenArm, chooseArms, refuseUnreachable } from './choose-arms.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { executeRun } from './execute-run.ts';
import { faultsOf } from './fault-flags.ts';
import { exitCodeOf, finishRun } from './finish-run.ts';
import { openCassettes } from './open-cassettes.ts';
import { type OpenedDataset, openChosen, openNamed } from './open-dataset.ts';
import { openEngine } from './open-engine.ts';
import { planText } from './print-plan.ts';
import { replayedModel } from './recorded-models.ts';
import { refusalsOf, withoutRefused } from './refuse-tasks.ts';

export interface RunArguments {
  /** Name or path; exactly one of `suite` and `dataset` is given. */
  readonly suite?: string | undefined;
  readonly dataset?: string | undefined;
  readonly model?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly 'agent-command'?: string | undefined;
  readonly 'agent-mount'?: readonly string[] | undefined;
  readonly provider?: string | undefined;
  readonly transport?: 'websocket' | 'sse' | 'chat' | undefined;
  readonly effort?: string | undefined;
  readonly attempts?: number | undefined;
  readonly jobs?: number | undefined;
  readonly seed?: number | undefined;
  readonly 'timeout-multiplier'?: number | undefined;
  readonly 'budget-usd'?: number | undefined;
  readonly 'budget-tokens'?: number | undefined;
  readonly record?: string | undefined;
  readonly replay?: string | undefined;
  readonly 'time-scale'?: number | undefined;
  readonly 'replay-strict'?: boolean | undefined;
  readonly fault?: readonly string[] | undefined;
  readonly 'run-id'?: string | undefined;
  readonly 'skip-refused': boolean;
  readonly 'dry-run': boolean;
  readonly tasks?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly 'image-map'?: readonly string[] | undefined;
  readonly network?: Resources['network'] | undefined;
  readonly 'keep-containers': boolean;
  readonly 'allow-host-env': boolean;
  readonly results: string;
  readonly reports: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What differs between a run and `validate`: which agents may be named and which trials are left out. */
export interface RunVariant {
  readonly agents: readonly Agent[];
  readonly keep: (trial: PlannedTrial) => boolean;
}

/** `evalrun run`: plans, runs, prints; returns the exit code. */
export async function runSuite(args: RunArguments, context: CommandContext): Promise<number> {
  const agents = createAgents(await agentSettingsOf(args, context.cwd));
  const { folder, code } = await startRun(args, { agents, keep: () => true }, context);
  if (folder === undefined) return code;
  await finishRun(
    { runFolder: folder, reportsFolder: resolve(context.cwd, args.reports), json: args.json },
    context,
  );
  return code;
}

/** Runs a suite to its end; no folder when it was a dry run. */
export async function startRun(
  args: RunArguments,
  variant: RunVariant,
  context: CommandContext,
): Promise<{ folder: string | undefined; code: number }> {
  checkNumbers(args);
  const configuration = await readConfiguration(context);
  const suite = await suiteOf(args, configuration, context);
  const choice = await cassetteChoiceOf(args, context);
  const arms = armsOf(args, suite, configuration, { ...variant, choice }, context);
  refuseUnreachable(args.network, arms);
  const budget = budgetOf(args);
  refuseUnpriced(budget, arms);
  const faults = faultsOf(args.fault, arms);
  const datasets = await openDatasets(suite, args, context);
  const wanted = await tasksOf(suite, datasets, args);
  refuseUnsteerable(
    wanted,
    arms.map(({ agent }) => agent),
    suite.file.name,
  );
  const now = new Date();
  const runId = args['run-id'] === undefined ? newRunId(now, suite.file.name) : checkRunId(args['run-id']);
  const { engine, imageMap } = await openEngine(args, configuration.config, context);
  try {
    const leftOut = await refusalsOf(wanted, engine);
    const tasks = withoutRefused(wanted, leftOut, args['skip-refused']);
    const run = await buildRun({
      runId,
      suite,
      datasets,
      tasks,
      leftOut,
      arms,
      attempts: args.attempts ?? suite.file.attempts ?? 1,
      jobs: args.jobs ?? suite.file.jobs ?? configuration.config.jobs ?? defaultJobs(),
      seed: args.seed ?? suite.file.seed ?? 0,
      timeoutMultiplier: args['timeout-multiplier'] ?? 1,
      network: args.network,
      budget,
      cassettes: choice,
      faults,
      imageMap,
      engine: await engine.describe(context.signal),
      hostEnvAllowed: args['allow-host-env'],
      packageFolder: context.packageFolder,
      now,
    });
    const plan = planTrials({
      tasks,
      arms: arms.map(({ arm }) => arm),
      attempts: run.attempts,
      finished: new Set(),
    }).filter(variant.keep);
    refuseUnrecorded(choice, plan);
    if (args['dry-run']) {
      context.stdout.write(planText(run, plan, args.json));
      return { folder: undefined, code: 0 };
    }
    context.stderr.write(bannerOf(run, arms));
    await using cassettes = await openCassettes({ choice, run, arms, env: context.env });
    const folder = join(resolve(context.cwd, args.results), run.runId);
    await using store = await ResultStore.create(folder, run);
    const progress = createProgress({ ...context, ...args, nowMs: () => Date.now() });
    try {
      const counts = await executeRun({
        env: context.env,
        store,
        engine,
        arms,
        tasks,
        plan,
        finished: 0,
        cassettes,
        progress,
        stop: context.signal,
      });
      return { folder, code: exitCodeOf(counts) };
    } finally {
      progress.close();
    }
  } finally {
    await engine.close();
  }
}

function armsOf(
  args: RunArguments,
  suite: Suite,
  { config, models }: Configuration,
  { agents: known, choice: cassettes }: RunVariant & { readonly choice: CassetteChoice },
  context: CommandContext,
): ChosenArm[] {
  const choice = {
    provider: args.provider ?? config.provider,
    transport: args.transport,
    effort: args.effort,
  };
  return chooseArms(
    listOf(args.agent) ?? [suite.file.agent ?? 'loop'].flat(),
    listOf(args.model) ?? [suite.file.model ?? []].flat(),
    known,
    (alias) =>
      cassettes.kind === 'replay'
        ? replayedModel({ alias, ...choice }, cassettes.cassette.manifest)
        : resolveModel({ alias, ...choice }, models, context.env),
  );
}

/** The named suite; a dataset by itself is a suite that holds it and sets nothing. */
async function suiteOf(
  args: RunArguments,
  { suitesFolder }: Configuration,
  context: CommandContext,
): Promise<Suite> {
  if (args.suite !== undefined && args.dataset === undefined) return loadSuite(args.suite, suitesFolder);
  if (args.suite !== undefined || args.dataset === undefined) {
    throw new EvalrunError('give --suite NAME (see `evalrun list suites`) or --dataset NAME', {
      code: 'usage',
    });
  }
  const { dataset, folder, format } = await openNamed(args.dataset, args['allow-host-env'], context);
  return suiteOfFolder(dataset.reference.name, folder, format);
}

async function openDatasets(
  suite: Suite,
  args: RunArguments,
  context: CommandContext,
): Promise<OpenedDataset[]> {
  const opened: OpenedDataset[] = [];
  for (const choice of suite.file.datasets) {
    opened.push(await openChosen(choice, suite, args['allow-host-env'], context));
  }
  return opened;
}

/** The suite's choice of each dataset, then the flags' choice of all. */
async function tasksOf(
  suite: Suite,
  datasets: readonly OpenedDataset[],
  args: RunArguments,
): Promise<Task[]> {
  const chosen = suite.file.datasets.flatMap((choice, index) =>
    chooseTasks(datasets[index]?.dataset.tasks ?? [], choice, suite.path),
  );
  const bySuite = await withInterventions(chosen, interventionsOf(suite), suite.path);
  const tasks = chooseTasks(
    bySuite,
    { tasks: listOf(args.tasks), exclude: listOf(args.exclude), limit: args.limit },
    '--tasks',
  );
  const doubled = tasks.find((task, index) => tasks.findIndex(({ id }) => id === task.id) !== index);
  if (doubled !== undefined) {
    throw new EvalrunError(`${suite.path}: two datasets have a task "${doubled.id}"`, { code: 'usage' });
  }
  if (tasks.length > 0) return tasks;
  throw new EvalrunError(`suite "${suite.file.name}": no task is left by --tasks, --exclude and --limit`, {
    code: 'usage',
  });
}

function checkNumbers(args: RunArguments): void {
  const whole = { attempts: args.attempts, jobs: args.jobs, limit: args.limit };
  for (const [name, value] of Object.entries(whole)) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new EvalrunError(`--${name} must be a whole number of at least 1`, { code: 'usage' });
  }
  if (args.seed !== undefined && !(Number.isSafeInteger(args.seed) && args.seed >= 0)) {
    throw new EvalrunError('--seed must be a whole number of at least 0', { code: 'usage' });
  }
  const multiplier = args['timeout-multiplier'];
  if (multiplier !== undefined && !(multiplier > 0 && Number.isFinite(multiplier))) {
    throw new EvalrunError('--timeout-multiplier must be above 0', { code: 'usage' });
  }
}

/** Said before anything runs wherever no model is asked. */
function bannerOf({ replay, simulated, faults = [] }: Run, arms: readonly ChosenArm[]): string {
  const ordered = faults.map((spec) => `fault: ${spec}\n`).join('');
  if (replay === undefined) return simulated ? simulatedBanner(arms) + ordered : '';
  const { recordedRun, recordedAt, timeScale } = replay;
  return `*** REPLAYED at ×${timeScale}: answers recorded in run ${recordedRun} on ${recordedAt}; no model is asked. ***\n`;
}

export function simulatedBanner(arms: readonly ChosenArm[]): string {
  const names = arms.flatMap(({ model }) => (model?.provider.kind === 'simulated' ? [model.alias] : []));
  return (
    `*** SIMULATED: the embedded simulator plays ${[...new Set(names)].join(' and ')}; no model is asked. ` +
    'Set OPENAI_API_KEY, or give --provider, for a real run. ***\n'
  );
}
