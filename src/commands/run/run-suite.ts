import { join, resolve } from 'node:path';
import { createAgents } from '../../agents/agents.ts';
import type { Run } from '../../domain/run.ts';
import { createProgress } from '../../progress/create-progress.ts';
import { ResultStore } from '../../results/result-store.ts';
import type { CommandContext } from '../command.ts';
import { agentSettingsOf } from './agent-settings.ts';
import type { ChosenArm } from './choose-arms.ts';
import { chooseRun } from './choose-run.ts';
import { executeRun } from './execute-run.ts';
import { exitCodeOf, finishRun } from './finish-run.ts';
import { openCassettes } from './open-cassettes.ts';
import { openEngine } from './open-engine.ts';
import { planRun } from './plan-run.ts';
import { planText } from './print-plan.ts';
import type { RunArguments, RunVariant } from './run-arguments.ts';

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
  const chosen = await chooseRun(args, variant, context);
  const { arms, cassettes: choice } = chosen;
  const opened = await openEngine(args, chosen.configuration.config, context);
  const { engine } = opened;
  try {
    const { run, tasks, plan } = await planRun(chosen, args, opened, variant, context);
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

/** Said before anything runs wherever no model is asked. */
function bannerOf({ replay, simulated, faults = [] }: Run, arms: readonly ChosenArm[]): string {
  const ordered = faults.map((spec) => `fault: ${spec}\n`).join('');
  if (replay === undefined) return simulated ? simulatedBanner(arms) + ordered : '';
  const { recordedRun, recordedAt, timeScale } = replay;
  return `*** REPLAYED at ×${timeScale}: answers recorded in run ${recordedRun} on ${recordedAt}; no model is asked. ***\n`;
}

function simulatedBanner(arms: readonly ChosenArm[]): string {
  const names = arms.flatMap(({ model }) => (model?.provider.kind === 'simulated' ? [model.alias] : []));
  return (
    `*** SIMULATED: the embedded simulator plays ${[...new Set(names)].join(' and ')}; no model is asked. ` +
    'Set OPENAI_API_KEY, or give --provider, for a real run. ***\n'
  );
}
