import { binomialLowerTail } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import type { Interval } from './interval.ts';
import { interpolate } from './percentile.ts';

export interface MedianInterval {
  readonly median: number;
  readonly interval: Interval;
  /** Exact, at least the level that was asked for. */
  readonly coverage: number;
  readonly n: number;
}

/**
 * The median between two order statistics, x(k) and x(n + 1 - k), with the largest k whose coverage
 * 1 - 2 P(Bin(n, 1/2) < k) reaches the level; it assumes nothing about the distribution (Thompson 1936). Below six samples
 * no two of them reach 95 %.
 */
export function medianInterval(samples: readonly number[], level = 0.95): Estimate<MedianInterval> {
  const n = samples.length;
  const coverageOf = (k: number): number => 1 - 2 * binomialLowerTail(k - 1, n, 0.5);
  if (n === 0 || coverageOf(1) < level) return refused(`${n} samples: too few for an interval of the median`);
  let k = 1;
  while (k + 1 <= n / 2 && coverageOf(k + 1) >= level) k += 1;
  const sorted = samples.toSorted((a, b) => a - b);
  return estimated({
    median: interpolate(sorted, 0.5),
    interval: { low: sorted[k - 1] ?? Number.NaN, high: sorted[n - k] ?? Number.NaN },
    coverage: coverageOf(k),
    n,
  });
}
