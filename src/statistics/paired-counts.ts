import { type Estimate, estimated, refused } from './estimate.ts';

/** Two arms on the same tasks, one verdict each: how many tasks both, one or none resolved. */
export interface PairedCounts {
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

export function countPairs(pairs: Iterable<readonly [a: boolean, b: boolean]>): PairedCounts {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (const [a, b] of pairs) counts[a ? (b ? 'both' : 'onlyA') : b ? 'onlyB' : 'neither'] += 1;
  return counts;
}

export function pairsIn({ both, onlyA, onlyB, neither }: PairedCounts): number {
  return both + onlyA + onlyB + neither;
}

/** Rate of A - rate of B. */
export function rateDifference(counts: PairedCounts): number {
  return (counts.onlyA - counts.onlyB) / pairsIn(counts);
}

/** Pearson's correlation of the arms' verdicts (phi): what pairing gains. */
export function correlation({ both, onlyA, onlyB, neither }: PairedCounts): Estimate<number> {
  const margins = (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
  if (margins === 0) return refused('an arm resolved all tasks or none');
  return estimated((both * neither - onlyA * onlyB) / Math.sqrt(margins));
}
