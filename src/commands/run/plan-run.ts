import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import type { PlannedTrial } from '../../domain/trial.ts';
import { planTrials } from '../../suites/plan-trials.ts';
import type { CommandContext } from '../command.ts';
import { buildRun, defaultJobs } from './build-run.ts';
import { refuseUnrecorded } from './cassette-flags.ts';
import type { ChosenRun } from './choose-run.ts';
import type { OpenedEngine } from './open-engine.ts';
import { refusalsOf, withoutRefused } from './refuse-tasks.ts';
import type { RunArguments, RunVariant } from './run-arguments.ts';

interface PlannedRun {
  readonly run: Run;
  readonly tasks: readonly Task[];
  readonly plan: readonly PlannedTrial[];
}

/** The run as run.json will have it and the trials that it is made of: what this engine can run of what was chosen. */
export async function planRun(
  chosen: ChosenRun,
  args: RunArguments,
  { engine, imageMap }: OpenedEngine,
  variant: Pick<RunVariant, 'keep'>,
  context: CommandContext,
): Promise<PlannedRun> {
  const { suite, arms, cassettes, configuration, tasks: wanted, ...rest } = chosen;
  const leftOut = await refusalsOf(wanted, engine);
  const tasks = withoutRefused(wanted, leftOut, args['skip-refused']);
  const run = await buildRun({
    ...rest,
    suite,
    tasks,
    leftOut,
    arms,
    attempts: args.attempts ?? suite.file.attempts ?? 1,
    jobs: args.jobs ?? suite.file.jobs ?? configuration.config.jobs ?? defaultJobs(),
    seed: args.seed ?? suite.file.seed ?? 0,
    timeoutMultiplier: args['timeout-multiplier'] ?? 1,
    network: args.network,
    cassettes,
    imageMap,
    engine: await engine.describe(context.signal),
    hostEnvAllowed: args['allow-host-env'],
    packageFolder: context.packageFolder,
  });
  const plan = planTrials({
    tasks,
    arms: arms.map(({ arm }) => arm),
    attempts: run.attempts,
    finished: new Set(),
  }).filter(variant.keep);
  refuseUnrecorded(cassettes, plan);
  return { run, tasks, plan };
}
