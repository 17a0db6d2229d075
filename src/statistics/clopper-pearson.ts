import { betaQuantile } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import type { Interval } from './interval.ts';

/**
 * The exact interval of one rate (Clopper, Pearson 1934): never covers less than its level, and is the wider for it.
 * For flake rates, where a promise is made; Wilson's is for reports.
 */
export function clopperPearson(x: number, n: number, level = 0.95): Estimate<Interval> {
  if (n < 1) return refused('no trial');
  const tail = (1 - level) / 2;
  return estimated({
    low: x === 0 ? 0 : betaQuantile(tail, x, n - x + 1),
    high: x === n ? 1 : betaQuantile(1 - tail, x + 1, n - x),
  });
}

/** Runs without a failure that show "the rate is below `rate`" at this confidence: the least n with (1 - rate)^n <= 1 - confidence. */
export function cleanRunsNeeded(rate: number, confidence = 0.95): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log1p(-rate));
}
