import type { GateVerdict } from './gate-rule.ts';
import { bootstrapRatio, type TimePair } from './geometric-ratio.ts';
import type { Interval } from './interval.ts';
import { median } from './percentile.ts';

export interface LatencyRule {
  /** Slowdown that is tolerated: .1 is a tenth. */
  readonly margin: number;
  readonly alpha: number;
  /** A slowdown whose median is smaller than this, in the pairs' unit, is none: 10 ms of 50 ms is no regression. */
  readonly floor: number;
  readonly seed: string | number;
}

export interface LatencyDecision {
  readonly verdict: GateVerdict;
  readonly reason: string;
  /** Candidate / baseline, geometric mean over tasks; undefined where it was refused. */
  readonly ratio: number | undefined;
  readonly limits: Interval | undefined;
  /** The same ratio of two runs of the baseline, same night. */
  readonly controlRatio: number | undefined;
}

/**
 * Fails only where the lower limit of the slowdown is above 1 + margin, the slowdown is above the absolute floor, and the
 * baseline against itself, on the same night, lies within the margin: a noisy host slows both.
 */
export function decideLatency(
  /** a: candidate, b: baseline, by task. */
  pairs: readonly TimePair[],
  control: readonly TimePair[],
  rule: LatencyRule,
): LatencyDecision {
  const options = { seed: rule.seed, level: 1 - 2 * rule.alpha };
  const slowdown = bootstrapRatio(pairs, options);
  const same = bootstrapRatio(control, options);
  const controlRatio = same.status === 'refused' ? undefined : same.value.ratio;
  if (slowdown.status === 'refused') {
    return { ...undecided(`slowdown: ${slowdown.reason}`), controlRatio };
  }
  const { ratio, interval: limits } = slowdown.value;
  if (limits.high < 1 + rule.margin) {
    return { verdict: 'pass', reason: 'the slowdown lies below the margin', ratio, limits, controlRatio };
  }
  const doubt = doubtOf(limits, pairs, rule) ?? doubtOfControl(same, rule.margin);
  const verdict = doubt === undefined ? 'fail' : 'inconclusive';
  return { verdict, reason: doubt ?? 'the slowdown lies above the margin', ratio, limits, controlRatio };
}

function undecided(reason: string) {
  return { verdict: 'inconclusive', reason, ratio: undefined, limits: undefined } as const;
}

function doubtOf(limits: Interval, pairs: readonly TimePair[], rule: LatencyRule): string | undefined {
  if (limits.low <= 1 + rule.margin) return 'the limits of the slowdown hold the margin';
  const slower = median(pairs.map(({ a, b }) => a - b)) ?? 0;
  return slower < rule.floor
    ? `the median slowdown of ${slower} is below the floor of ${rule.floor}`
    : undefined;
}

function doubtOfControl(same: ReturnType<typeof bootstrapRatio>, margin: number): string | undefined {
  if (same.status === 'refused') return `baseline against itself: ${same.reason}`;
  const { ratio } = same.value;
  if (ratio <= 1 + margin && ratio >= 1 / (1 + margin)) return undefined;
  return `the baseline against itself differs by the factor ${ratio.toFixed(3)}`;
}
