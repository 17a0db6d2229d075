import { normalTwoSided } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import { sum } from './mean.ts';

export interface Wilcoxon {
  /** The lesser of the two rank sums. */
  readonly w: number;
  readonly p: number;
  readonly method: 'exact' | 'normal';
  readonly pairs: number;
  readonly zeros: number;
}

const exactPairs = 200;

/**
 * Wilcoxon's signed-rank test of paired differences (1945), two-sided; zeros are dropped, ties get their mean rank.
 * Exact given the ranks up to 200 pairs, by the normal distribution with the ties' variance above.
 */
export function wilcoxon(differences: readonly number[]): Estimate<Wilcoxon> {
  const nonZero = differences.filter((difference) => difference !== 0);
  if (nonZero.length === 0) return refused('all differences are zero');
  const ranks = doubledRanks(nonZero.map(Math.abs));
  const positive = sum(ranks.filter((_, index) => (nonZero[index] ?? 0) > 0));
  const lesser = Math.min(positive, sum(ranks) - positive);
  const exact = nonZero.length <= exactPairs;
  return estimated({
    w: lesser / 2,
    p: exact ? exactP(ranks, lesser) : normalP(ranks, lesser),
    method: exact ? 'exact' : 'normal',
    pairs: nonZero.length,
    zeros: differences.length - nonZero.length,
  });
}

/** Twice the mean rank of each value, so that ties stay whole numbers. */
function doubledRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((x, y) => x - y);
  return values.map((value) => sorted.indexOf(value) + sorted.lastIndexOf(value) + 2);
}

/** Twice the share of all sign patterns whose positive rank sum is no larger: the sums' counts, rank by rank. */
function exactP(ranks: readonly number[], lesser: number): number {
  const chances = new Float64Array(sum(ranks) + 1);
  chances[0] = 1;
  let largest = 0;
  for (const rank of ranks) {
    largest += rank;
    for (let total = largest; total >= 0; total--) {
      chances[total] = ((chances[total] ?? 0) + (total < rank ? 0 : (chances[total - rank] ?? 0))) / 2;
    }
  }
  return Math.min(1, 2 * sum(chances.subarray(0, lesser + 1)));
}

/** The sum over ranks of r^2 / 4 is the variance with ties allowed for. */
function normalP(ranks: readonly number[], lesser: number): number {
  return normalTwoSided((lesser - sum(ranks) / 2) / Math.sqrt(sum(ranks.map((rank) => rank ** 2)) / 4));
}
