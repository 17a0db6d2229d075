import { filledTitle } from '../titles.ts';
import { comparisonWarnings, differences, refuseIncomparable } from './comparable.ts';
import { confirm, type FreshSides } from './confirmation.ts';
import { decideAccuracy, pairsToDecide } from './decide-accuracy.ts';
import { gateLatency, type LatencyControl, type Metric } from './decide-latency.ts';
import { flipsOf } from './flips.ts';
import type {
  GateAccuracy,
  GateConfirmation,
  GateFlips,
  GateLatency,
  GateResult,
  GateSettings,
  GateTaskResult,
} from './gate-result.ts';
import type { GateSide, NamedSide } from './gate-side.ts';
import { countedTasks, pairSides } from './pair-sides.ts';
import type { Quarantined } from './quarantine.ts';
import { notSameNight } from './same-but-seed.ts';
import { strengthOf } from './strength.ts';

export interface GateInput {
  readonly baseline: NamedSide;
  readonly candidate: NamedSide;
  readonly settings: GateSettings;
  readonly quarantine: readonly Quarantined[];
  /** Two runs that differ in nothing but the seed, checked by the caller. */
  readonly aa?: { readonly a: GateSide; readonly b: GateSide };
  /** The second look that was taken after a first red. */
  readonly fresh?: FreshSides;
  readonly warnings: readonly string[];
}

/** Values in, verdict out. Throws EvalrunError('usage') for sides that cannot be compared. */
export function judgeGate(input: GateInput): GateResult {
  const { settings, quarantine, aa, fresh } = input;
  const [baseline, candidate] = [input.baseline.side, input.candidate.side];
  refuseIncomparable(baseline, candidate);
  const tasks = pairSides(baseline, candidate, quarantine);
  const counted = countedTasks(tasks);
  const flips = aa === undefined ? unmeasuredFlips : flipsOf(aa.a, aa.b, quarantine);
  const confirmation = fresh === undefined ? undefined : confirm(fresh, settings);
  const first = withEnoughVerdicts(decideAccuracy(counted, settings, settings.seed), tasks);
  const decided = confirmation === undefined ? first : afterConfirmation(first, confirmation);
  const accuracy =
    decided.verdict === 'inconclusive'
      ? { ...decided, pairsToDecide: pairsToDecide(counted, settings) }
      : decided;
  const latency = latencyOf(input, new Set(counted.map(({ id }) => id)));
  return {
    schemaVersion: 1,
    verdict: overall(accuracy, latency[settings.metric]),
    simulated: candidate.simulated,
    title: titleOf(candidate),
    baseline: describe(input.baseline),
    candidate: describe(input.candidate),
    settings,
    differs: differences(baseline, candidate),
    warnings: [
      ...input.warnings,
      ...comparisonWarnings(baseline, candidate),
      ...unknownTasks(quarantine, tasks),
    ],
    accuracy,
    latency,
    flips,
    strength: strengthOf(counted, {
      rule: settings,
      flips,
      nights: settings.nights,
      confirmation: fresh === undefined ? 'none' : fresh.baseline.kind,
      seed: settings.seed,
    }),
    ...(confirmation === undefined ? {} : { confirmation }),
    tasks,
  };
}

const unmeasuredFlips: GateFlips = {
  status: 'not-measured',
  reason: 'no two runs that differ in nothing but the seed were given (--aa RUN RUN)',
};

/** More tasks without a verdict than this, and a pass would speak of the easy rest. */
const mostWithoutVerdict = 0.1;

function withEnoughVerdicts(accuracy: GateAccuracy, tasks: readonly GateTaskResult[]): GateAccuracy {
  const without = tasks.filter(({ state }) => state === 'without-verdict').length;
  const all = accuracy.tasks + without;
  if (accuracy.verdict !== 'pass' || without <= all * mostWithoutVerdict) return accuracy;
  return {
    ...accuracy,
    verdict: 'inconclusive',
    reason: `${without} of ${all} tasks came to no verdict; a pass needs nine in ten`,
  };
}

function afterConfirmation(accuracy: GateAccuracy, { confirmed, pairs }: GateConfirmation): GateAccuracy {
  if (accuracy.verdict !== 'fail') return accuracy;
  return confirmed
    ? { ...accuracy, reason: `${accuracy.reason}; confirmed by ${pairs} fresh pairs` }
    : { ...accuracy, verdict: 'inconclusive', reason: `a drop that ${pairs} fresh pairs did not confirm` };
}

function latencyOf(
  { baseline, candidate, aa, settings }: GateInput,
  counted: ReadonlySet<string>,
): Record<Metric, GateLatency> {
  const control = controlOf(candidate.side, aa);
  const counts = (taskId: string): boolean => counted.has(taskId);
  const sides = { baseline: baseline.side, candidate: candidate.side, control, counts, settings };
  return { ttft: gateLatency({ metric: 'ttft', ...sides }), time: gateLatency({ metric: 'time', ...sides }) };
}

function controlOf(candidate: GateSide, aa: GateInput['aa']): LatencyControl {
  if (aa === undefined) {
    return {
      status: 'unknown',
      reason: 'no two runs of the same night that differ in nothing but the seed were given (--aa)',
    };
  }
  const reason = notSameNight(candidate.startedAt, [aa.a.startedAt, aa.b.startedAt]);
  return reason === undefined ? { status: 'known', ...aa } : { status: 'unknown', reason };
}

/** Latency that cannot be measured does not count; it is shown with its reason. */
function overall(accuracy: GateAccuracy, latency: GateLatency): GateResult['verdict'] {
  const verdicts = [accuracy.verdict, ...(latency.status === 'decided' ? [latency.verdict] : [])];
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

function describe({ kind, name, savedAt, hash, side }: NamedSide): GateResult['baseline'] {
  return {
    kind,
    name,
    runId: side.runId,
    ...(savedAt === undefined ? {} : { savedAt }),
    ...(hash === undefined ? {} : { hash }),
    arm: side.arm,
    ...(side.model === undefined ? {} : { modelName: side.model.model }),
    ...(side.importedFrom === undefined ? {} : { importedFrom: side.importedFrom }),
  };
}

function titleOf({ suite, datasets, tasks }: GateSide): string {
  const named = datasets.map(({ name, title }) => {
    const n = tasks.filter(({ dataset }) => dataset === name).length;
    if (title?.includes('{n}') === true) return `${name}, ${filledTitle(title, n)}`;
    return `${name}, ${n} ${n === 1 ? 'task' : 'tasks'}${title === undefined ? '' : `; ${title}`}`;
  });
  return `${suite.name} (${named.join(' + ')})`;
}

function unknownTasks(quarantine: readonly Quarantined[], tasks: readonly GateTaskResult[]): string[] {
  const ids = new Set(tasks.map(({ id }) => id));
  return quarantine
    .filter(({ task }) => !ids.has(task))
    .map(({ task, owner }) => `quarantined task "${task}" (owner ${owner}) is in neither run`);
}
