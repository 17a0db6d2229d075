import { zOfLevel } from './distributions.ts';
import { around, clip, type Interval } from './interval.ts';
import { type PairedCounts, pairsIn } from './paired-counts.ts';

/**
 * Bonett and Price 2012 (J Educ Behav Stat 37:479): Wald's interval of a paired difference of rates with one
 * pseudo-observation in each discordant cell. The simplest good one.
 */
export function bonettPriceInterval(counts: PairedCounts, level = 0.95): Interval {
  const n = pairsIn(counts) + 2;
  const a = (counts.onlyA + 1) / n;
  const b = (counts.onlyB + 1) / n;
  const spread = zOfLevel(level) * Math.sqrt((a + b - (a - b) ** 2) / n);
  return clip(around(a - b, spread), -1, 1);
}
