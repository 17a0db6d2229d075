/**
 * The gate's three-valued verdict. d = candidate - baseline, with one-sided limits at the gate's own alpha:
 * pass where the lower limit is above -margin; fail where d is at or below -margin and the drop is significant;
 * else inconclusive, which asks for more trials and breaks no build.
 */
import { zOfLevel } from './distributions.ts';
import type { Interval } from './interval.ts';
import { criticalCounts, type DiscordantCounts, exactDropP } from './mcnemar.ts';
import type { PairedCounts } from './paired-counts.ts';
import { waldError, waldInterval, waldNonInferiority } from './paired-wald.ts';
import { scoreNonInferiorityP, tangoInterval, tangoScore } from './tango.ts';

export interface GateRule {
  /** The drop that is tolerated, as a share of tasks: .05 is five points. */
  readonly margin: number;
  readonly alpha: number;
  /**
   * exact: Tango's limits and McNemar's exact p, which keep alpha down to few pairs and do not pass a run merely
   * because nothing differs in five tasks. normal: Wald's limits for both.
   */
  readonly method: 'exact' | 'normal';
}

export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

export interface GateCounts extends DiscordantCounts {
  readonly tasks: number;
}

export interface GateDecision {
  readonly verdict: GateVerdict;
  readonly rule: GateRule;
  readonly difference: number;
  readonly standardError: number;
  /** One-sided limits at alpha, so a two-sided interval of level 1 - 2 alpha, by the rule's method. */
  readonly limits: Interval;
  /** The same by Wald. */
  readonly waldLimits: Interval;
  /** One-sided exact McNemar p of a drop. */
  readonly exactP: number;
  /** p of "worse by the margin or more": by Wald with its z, and by the score test. */
  readonly nonInferiority: { readonly z: number; readonly p: number; readonly scoreP: number };
}

export function decideGate(counts: GateCounts, rule: GateRule): GateDecision {
  const pairs = asPairs(counts);
  const level = 1 - 2 * rule.alpha;
  const waldLimits = waldInterval(pairs, level);
  return {
    verdict: gateJudge(counts.tasks, rule)(counts.baselineOnly, counts.candidateOnly),
    rule,
    difference: (counts.candidateOnly - counts.baselineOnly) / counts.tasks,
    standardError: waldError(pairs),
    limits: rule.method === 'exact' ? tangoInterval(pairs, level) : waldLimits,
    waldLimits,
    exactP: exactDropP(counts),
    nonInferiority: {
      ...waldNonInferiority(pairs, rule.margin),
      scoreP: scoreNonInferiorityP(pairs, rule.margin),
    },
  };
}

/** Which tasks agreed does not matter to any figure here. */
function asPairs({ tasks, baselineOnly, candidateOnly }: GateCounts): PairedCounts {
  const neither = tasks - baselineOnly - candidateOnly;
  return { both: 0, onlyA: candidateOnly, onlyB: baselineOnly, neither };
}

const slack = 1e-12;

/** The rule as a function of the two counts alone, cheap enough to be asked of every possible night. */
export function gateJudge(tasks: number, rule: GateRule) {
  const { isClear, isDrop } = rule.method === 'exact' ? exactLimits(tasks, rule) : waldLimits(tasks, rule);
  return (baselineOnly: number, candidateOnly: number): GateVerdict => {
    if (isClear(baselineOnly, candidateOnly)) return 'pass';
    const reachesMargin = (candidateOnly - baselineOnly) / tasks <= -rule.margin + slack;
    return reachesMargin && isDrop(baselineOnly, candidateOnly) ? 'fail' : 'inconclusive';
  };
}

type Limits = Record<'isClear' | 'isDrop', (baselineOnly: number, candidateOnly: number) => boolean>;

function exactLimits(tasks: number, { margin, alpha }: GateRule): Limits {
  const z = zOfLevel(1 - 2 * alpha);
  const critical = criticalCounts(tasks, alpha);
  return {
    isClear: (onlyB, onlyA) => tangoScore({ onlyA, onlyB }, tasks, -margin) > z,
    isDrop: (onlyB, onlyA) => onlyB >= (critical[onlyA + onlyB] ?? tasks + 1),
  };
}

function waldLimits(tasks: number, { margin, alpha }: GateRule): Limits {
  const z = zOfLevel(1 - 2 * alpha);
  const difference = (onlyB: number, onlyA: number) => (onlyA - onlyB) / tasks;
  const spread = (onlyB: number, onlyA: number) =>
    z * Math.sqrt(((onlyA + onlyB) / tasks - difference(onlyB, onlyA) ** 2) / tasks);
  return {
    isClear: (onlyB, onlyA) => difference(onlyB, onlyA) - spread(onlyB, onlyA) > -margin,
    isDrop: (onlyB, onlyA) => difference(onlyB, onlyA) + spread(onlyB, onlyA) < 0,
  };
}
