import { EvalrunError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { chooseTasks } from '../../suites/choose-tasks.ts';
import { loadSuite, type Suite, suiteOfFolder } from '../../suites/load-suite.ts';
import { resolveModel } from '../../suites/models.ts';
import { refuseUnsteerable } from '../../suites/refuse-unsteerable.ts';
import { checkWhole } from '../check-whole.ts';
import type { CommandContext } from '../command.ts';
import { listOf } from '../shared-flags.ts';
import { budgetOf, refuseUnpriced } from './budget-flags.ts';
import { type CassetteChoice, cassetteChoiceOf } from './cassette-flags.ts';
import { type ChosenArm, chooseArms, refuseUnreachable } from './choose-arms.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { faultsOf } from './fault-flags.ts';
import { type OpenedDataset, openNamed } from './open-dataset.ts';
import { openSuite } from './open-suite.ts';
import { replayedModel } from './recorded-models.ts';
import type { RunArguments, RunVariant } from './run-arguments.ts';
import { chooseRunId } from './run-id.ts';

/** What a run's flags and files come to, before anything is asked of the container engine. */
export interface ChosenRun {
  readonly runId: string;
  readonly now: Date;
  readonly configuration: Configuration;
  readonly suite: Suite;
  readonly datasets: readonly OpenedDataset[];
  /** Those that cannot run here among them. */
  readonly tasks: readonly Task[];
  readonly arms: readonly ChosenArm[];
  readonly budget: Run['budget'];
  readonly cassettes: CassetteChoice;
  readonly faults: Run['faults'];
}

/** Throws EvalrunError('usage') for what does not go together. */
export async function chooseRun(
  args: RunArguments,
  variant: RunVariant,
  context: CommandContext,
): Promise<ChosenRun> {
  checkNumbers(args);
  const configuration = await readConfiguration(context);
  const suite = await suiteOf(args, configuration, context);
  const cassettes = await cassetteChoiceOf(args, context);
  const arms = armsOf(args, suite, configuration, { ...variant, choice: cassettes }, context);
  refuseUnreachable(args.network, arms);
  const budget = budgetOf(args);
  refuseUnpriced(budget, arms);
  const faults = faultsOf(args.fault, arms);
  const opened = await openSuite(suite, args['allow-host-env'], context);
  const tasks = tasksOf(suite, opened.tasks, args);
  const agents = arms.map(({ agent }) => agent);
  refuseUnsteerable(tasks, agents, suite.file.name);
  const now = new Date();
  const runId = chooseRunId(args['run-id'], now, suite.file.name);
  const { datasets } = opened;
  return { runId, now, configuration, suite, datasets, tasks, arms, budget, cassettes, faults };
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

/** The flags' choice of what the suite has. */
function tasksOf(suite: Suite, bySuite: readonly Task[], args: RunArguments): Task[] {
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
  checkWhole('attempts', args.attempts, 1);
  checkWhole('jobs', args.jobs, 1);
  checkWhole('limit', args.limit, 1);
  checkWhole('seed', args.seed, 0);
  const multiplier = args['timeout-multiplier'];
  if (multiplier !== undefined && !(multiplier > 0 && Number.isFinite(multiplier))) {
    throw new EvalrunError('--timeout-multiplier must be above 0', { code: 'usage' });
  }
}
