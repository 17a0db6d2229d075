import { normalUpperTail, zOfLevel } from './distributions.ts';
import { around, type Interval } from './interval.ts';
import { type PairedCounts, pairsIn, rateDifference } from './paired-counts.ts';

/** sqrt(((b + c) / n - d^2) / n): Wald's error of a paired difference of rates; with n, not n - 1. */
export function waldError(counts: PairedCounts): number {
  const n = pairsIn(counts);
  const difference = rateDifference(counts);
  return Math.sqrt(((counts.onlyA + counts.onlyB) / n - difference ** 2) / n);
}

/** Too short below some 30 discordant pairs: for comparison with papers that print it. */
export function waldInterval(counts: PairedCounts, level = 0.95): Interval {
  return around(rateDifference(counts), zOfLevel(level) * waldError(counts));
}

/** z and p of "A - B is -margin or lower" against "A is not worse than B by the margin" (Wald). */
export function waldNonInferiority(counts: PairedCounts, margin: number): { z: number; p: number } {
  const distance = rateDifference(counts) + margin;
  const error = waldError(counts);
  const z = error === 0 ? Math.sign(distance) * Number.POSITIVE_INFINITY : distance / error;
  return { z, p: normalUpperTail(z) };
}
