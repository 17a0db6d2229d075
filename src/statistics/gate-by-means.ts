import { tQuantile } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import type { GateRule, GateVerdict } from './gate-rule.ts';
import { around, type Interval } from './interval.ts';
import { mean } from './mean.ts';
import { meanByUnit } from './mean-by-unit.ts';
import { signFlip } from './sign-flip.ts';
import { tangoInterval } from './tango.ts';

export interface GateByMeans {
  readonly verdict: GateVerdict;
  readonly difference: number;
  readonly limits: Interval;
  readonly limitsBy: 't' | 'Tango on signs';
  /** One-sided sign-flip p of a drop. */
  readonly p: number;
}

/** Fewer tasks that differ than this say too little about the spread for t. */
const fewestForT = 10;

/**
 * The gate's verdict with repeats: candidate - baseline of each task's mean over its repeats, which flip less than
 * single verdicts do. Limits by t, and by Tango on the differences' signs where few tasks differ.
 */
export function decideGateByMeans(
  differences: readonly number[],
  rule: Pick<GateRule, 'margin' | 'alpha'>,
  seed: string | number,
): Estimate<GateByMeans> {
  if (differences.length < 2) return refused('fewer than two tasks');
  const difference = mean(differences);
  const flipped = signFlip(differences, { seed, alternative: 'less' });
  const p = flipped.status === 'refused' ? 1 : flipped.value.p;
  const { limits, limitsBy } = limitsOf(differences, rule.alpha);
  const fails = difference <= -rule.margin && p <= rule.alpha;
  const verdict = limits.low > -rule.margin ? 'pass' : fails ? 'fail' : 'inconclusive';
  return estimated({ verdict, difference, limits, limitsBy, p });
}

function limitsOf(differences: readonly number[], alpha: number): Pick<GateByMeans, 'limits' | 'limitsBy'> {
  const onlyA = differences.filter((difference) => difference > 0).length;
  const onlyB = differences.filter((difference) => difference < 0).length;
  const byMean = meanByUnit(differences);
  if (onlyA + onlyB < fewestForT || byMean.status === 'refused') {
    const counts = { both: 0, onlyA, onlyB, neither: differences.length - onlyA - onlyB };
    return { limits: tangoInterval(counts, 1 - 2 * alpha), limitsBy: 'Tango on signs' };
  }
  const { mean: centre, standardError, degreesOfFreedom } = byMean.value;
  return { limits: around(centre, tQuantile(1 - alpha, degreesOfFreedom) * standardError), limitsBy: 't' };
}
