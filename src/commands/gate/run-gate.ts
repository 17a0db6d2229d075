import { resolve } from 'node:path';
import { EvalrunError } from '../../domain/errors.ts';
import type { GateResult } from '../../reports/gate/gate-result.ts';
import { gateText } from '../../reports/gate/gate-text.ts';
import { type GateInput, judgeGate } from '../../reports/gate/judge-gate.ts';
import { currentQuarantine, type Quarantined, quarantineSchema } from '../../reports/gate/quarantine.ts';
import type { ArmChoice } from '../../reports/gate/side-of-run.ts';
import { readYaml } from '../../suites/parse-yaml.ts';
import type { CommandContext } from '../command.ts';
import { startRun } from '../run/run-suite.ts';
import { type ConfirmedGate, confirmGate, type StartRun } from './confirm-gate.ts';
import { gateSettings, type SettingFlags } from './gate-settings.ts';
import { type LoadedSide, loadAa, loadBaselineSide, loadRunSide, type Places } from './load-sides.ts';
import { summaryFile, writeGateFiles } from './write-gate.ts';

export interface GateArguments extends SettingFlags {
  readonly baseline: string;
  readonly candidate: string;
  readonly model?: string | undefined;
  readonly 'baseline-model'?: string | undefined;
  readonly agent?: string | undefined;
  readonly quarantine?: string | undefined;
  readonly aa?: readonly string[] | undefined;
  readonly confirm: boolean;
  readonly junit?: string | undefined;
  readonly 'step-summary': boolean;
  readonly strict: boolean;
  readonly 'budget-usd'?: number | undefined;
  readonly 'budget-tokens'?: number | undefined;
  readonly results: string;
  readonly reports: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What varies: the clock, and what runs the confirmation. */
export interface GateSurroundings {
  readonly now: Date;
  readonly start: StartRun;
}

/** `evalrun gate`: loads, decides, confirms where asked to, prints; returns the exit code. */
export async function runGate(
  args: GateArguments,
  context: CommandContext,
  { now, start }: GateSurroundings = { now: new Date(), start: startRun },
): Promise<number> {
  const settings = gateSettings(args);
  const summary = args['step-summary'] ? summaryFile(context) : undefined;
  const quarantine = await quarantineOf(args, context, now);
  const sides = await loadSides(args, { cwd: context.cwd, results: resolve(context.cwd, args.results) });
  const { candidate, baseline, aa } = sides;
  const input: GateInput = {
    baseline: baseline.named,
    candidate: candidate.named,
    settings,
    quarantine,
    ...(aa === undefined ? {} : { aa }),
    warnings: [...baseline.warnings, ...candidate.warnings],
  };
  const first = judgeGate(input);
  const { result, code } =
    args.confirm && first.accuracy.verdict === 'fail'
      ? await confirmGate({ input, first, sides, args, start }, context)
      : { result: first, code: 0 };
  await writeGateFiles(result, { junit: args.junit, summary }, context);
  context.stdout.write(args.json ? `${JSON.stringify({ type: 'gate', ...result })}\n` : gateText(result));
  return exitCode(result, code, args.strict);
}

/** The first of 2, 130, 5, 3, 1, 4; 2 was thrown before. */
function exitCode({ verdict }: GateResult, code: ConfirmedGate['code'], strict: boolean): number {
  if (code === 130 || code === 5) return code;
  if (verdict === 'fail') return 3;
  if (code !== 0) return code;
  return verdict === 'inconclusive' && strict ? 4 : 0;
}

export interface GateSides {
  readonly candidate: LoadedSide;
  readonly baseline: LoadedSide;
  readonly aa: GateInput['aa'];
}

/** A baseline of several models is taken with the candidate's, a candidate of several with the baseline's only one. */
async function loadSides(args: GateArguments, places: Places): Promise<GateSides> {
  const { agent, model } = args;
  const choice = (alias: string | undefined, flag: string) => (): ArmChoice => ({
    model: alias,
    agent,
    flag,
  });
  if (model === undefined) {
    const named = args['baseline-model'];
    const known = await loadBaselineSide(args.baseline, onlyWhereSeveral(named, agent), places);
    const { arm } = known.named.side;
    const candidate = await loadRunSide(args.candidate, likeIfSeveral(arm, agent), places);
    return { candidate, baseline: known, aa: await aaOf(args, candidate, places) };
  }
  const candidate = await loadRunSide(args.candidate, choice(model, '--model or --agent'), places);
  const baseline = await loadBaselineSide(
    args.baseline,
    onlyWhereSeveral(args['baseline-model'] ?? model, agent),
    places,
  );
  return { candidate, baseline, aa: await aaOf(args, candidate, places) };
}

function onlyWhereSeveral(model: string | undefined, agent: string | undefined) {
  return ({ arms }: { readonly arms: readonly unknown[] }): ArmChoice => ({
    ...(arms.length > 1 ? { model, agent } : {}),
    flag: '--baseline-model or --agent',
  });
}

function likeIfSeveral(
  arm: { readonly agent: string; readonly model?: string | undefined },
  agent: string | undefined,
) {
  return ({
    arms,
  }: {
    readonly arms: readonly { readonly agent: string; readonly model?: string | undefined }[];
  }) => {
    if (arms.length === 1) return { flag: '' };
    const isThere = arms.some((other) => other.model === arm.model && (agent ?? arm.agent) === other.agent);
    return {
      model: isThere ? arm.model : undefined,
      agent: agent ?? (isThere ? arm.agent : undefined),
      flag: '--model or --agent',
    };
  };
}

async function aaOf(args: GateArguments, candidate: LoadedSide, places: Places): Promise<GateInput['aa']> {
  if (args.aa === undefined) return undefined;
  const aa = await loadAa(args.aa, candidate.named.side.arm, places);
  if (aa.a.simulated === candidate.named.side.simulated) return aa;
  throw new EvalrunError('--aa: simulated and real runs are not mixed', { code: 'usage' });
}

async function quarantineOf(
  { quarantine }: GateArguments,
  { cwd }: CommandContext,
  now: Date,
): Promise<readonly Quarantined[]> {
  if (quarantine === undefined) return [];
  const path = resolve(cwd, quarantine);
  const { quarantine: entries } = await readYaml(path, quarantineSchema);
  return currentQuarantine(entries, { path, now });
}
