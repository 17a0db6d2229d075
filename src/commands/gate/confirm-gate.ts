import { basename, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { createAgents } from '../../agents/agents.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import { chooseConfirmation } from '../../reports/gate/confirmation.ts';
import type { GateResult } from '../../reports/gate/gate-result.ts';
import type { GateSide } from '../../reports/gate/gate-side.ts';
import { type GateInput, judgeGate } from '../../reports/gate/judge-gate.ts';
import { sideOfRun } from '../../reports/gate/side-of-run.ts';
import { readAnyRun } from '../../results/result-store.ts';
import type { CommandContext } from '../command.ts';
import { agentSettingsOf } from '../run/agent-settings.ts';
import { finishRun } from '../run/finish-run.ts';
import type { RunArguments, RunVariant } from '../run/run-arguments.ts';
import { againArguments } from './again-arguments.ts';
import type { LoadedSide } from './load-sides.ts';
import type { GateArguments, GateSides } from './run-gate.ts';

export type StartRun = (
  args: RunArguments,
  variant: RunVariant,
  context: CommandContext,
) => Promise<{ folder: string | undefined; code: number }>;

export interface ConfirmedGate {
  readonly result: GateResult;
  /** Of the runs: the confirmation may have been interrupted, or its budget spent. */
  readonly code: number;
}

export interface ConfirmOptions {
  readonly input: GateInput;
  readonly first: GateResult;
  readonly sides: GateSides;
  readonly args: GateArguments;
  readonly start: StartRun;
}

/**
 * Runs the tasks that differ and as many that do not, once more, and decides by the fresh pairs alone. The baseline's
 * arm is run again too where it is another arm than the candidate's: only then are the two looks independent. Where
 * the two differ in what no flag can bring back (their date, evalrun's version), its kept verdicts stand.
 */
export async function confirmGate(options: ConfirmOptions, context: CommandContext): Promise<ConfirmedGate> {
  const { input, first, sides, args } = options;
  const run = runnable(sides.candidate, 'candidate');
  const chosen = chooseConfirmation(first.tasks, args.seed);
  const again = isAnotherArm(sides) ? runnable(sides.baseline, 'baseline') : undefined;
  context.stderr.write(
    `confirmation: ${chosen.discordant.length} tasks that differ and ${chosen.concordant.length} that do not, ` +
      `${again === undefined ? 'the candidate alone' : 'both sides'}\n`,
  );
  const tasks = [...chosen.discordant, ...chosen.concordant];
  const candidate = await runAgain(run, input.candidate.side, { tasks, seedStep: 1 }, options, context);
  if (candidate.side === undefined) return unfinished(options, candidate.code);
  const baseline =
    again === undefined
      ? { side: input.baseline.side, code: 0 }
      : await runAgain(again, input.baseline.side, { tasks, seedStep: 2 }, options, context);
  if (baseline.side === undefined) return unfinished(options, baseline.code);
  const fresh = {
    chosen,
    candidate: candidate.side,
    baseline: { kind: again === undefined ? 'kept' : 'fresh', side: baseline.side },
  } as const;
  return { result: judgeGate({ ...input, fresh }), code: Math.max(candidate.code, baseline.code) };
}

function isAnotherArm({ candidate, baseline }: GateSides): boolean {
  const facts = ({ arm, model, agent }: GateSide): string =>
    JSON.stringify([
      arm.agent,
      agent.command,
      arm.model,
      arm.effort,
      arm.transport,
      model?.provider,
      model?.model,
    ]);
  return baseline.stored !== undefined && facts(candidate.named.side) !== facts(baseline.named.side);
}

function runnable({ stored, named }: LoadedSide, role: string): Run {
  if (stored !== undefined && !('imported' in stored.run) && stored.run.replay === undefined)
    return stored.run;
  throw new EvalrunError(
    `--confirm: the ${role} ${named.name} cannot be run again: it is ${stored === undefined ? 'a file' : 'imported or a replay'}`,
    { code: 'usage' },
  );
}

interface Again {
  readonly tasks: readonly string[];
  /** Added to the run's seed: a fresh run must not draw what the first one drew. */
  readonly seedStep: number;
}

async function runAgain(
  run: Run,
  side: GateSide,
  { tasks, seedStep }: Again,
  { args, start }: ConfirmOptions,
  context: CommandContext,
): Promise<{ side: GateSide | undefined; code: number }> {
  const runArguments = await againArguments({ run, arm: side.arm, tasks, seed: run.seed + seedStep, args });
  const agents = createAgents(await agentSettingsOf(runArguments, context.cwd));
  const { folder, code } = await start(runArguments, { agents, keep: () => true }, context);
  if (folder === undefined || code === 130 || code === 5) return { side: undefined, code };
  // The gate's own answer alone goes to stdout.
  const beside = { ...context, stdout: args.quiet ? nowhere() : context.stderr };
  await finishRun(
    { runFolder: folder, reportsFolder: resolve(context.cwd, args.reports), json: false },
    beside,
  );
  const stored = await readAnyRun(folder);
  return { side: sideOfRun(stored, sameArm(stored.run.arms, basename(folder))), code };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function sameArm(arms: Run['arms'], runId: string): Run['arms'][number] {
  const [arm] = arms;
  if (arm !== undefined && arms.length === 1) return arm;
  throw new EvalrunError(`run ${runId} should have one arm and has ${arms.length}`, { code: 'internal' });
}

/** Red is not told without its confirmation. */
function unfinished({ first }: ConfirmOptions, code: number): ConfirmedGate {
  const reason = `a drop whose confirmation was ${code === 5 ? 'ended by the budget' : 'interrupted'}`;
  const verdict = first.latency[first.settings.metric];
  const isFailed = verdict.status === 'decided' && verdict.verdict === 'fail';
  return {
    result: {
      ...first,
      verdict: isFailed ? 'fail' : 'inconclusive',
      accuracy: { ...first.accuracy, verdict: 'inconclusive', reason },
    },
    code,
  };
}
