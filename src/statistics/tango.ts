import { normalUpperTail, zOfLevel } from './distributions.ts';
import type { Interval } from './interval.ts';
import { type PairedCounts, pairsIn } from './paired-counts.ts';

type Discordant = Pick<PairedCounts, 'onlyA' | 'onlyB'>;

/**
 * Tango 1998 (Stat Med 17:891): the score of "rate of A - rate of B = difference", with the discordant rate at its
 * likeliest under that. Falls as the difference grows.
 */
export function tangoScore({ onlyA, onlyB }: Discordant, n: number, difference: number): number {
  const linear = (2 * n - onlyA + onlyB) * difference - onlyA - onlyB;
  const constant = -onlyB * difference * (1 - difference);
  const likeliest = (Math.sqrt(linear ** 2 - 8 * n * constant) - linear) / (4 * n);
  const variance = n * (2 * likeliest + difference * (1 - difference));
  const distance = onlyA - onlyB - n * difference;
  if (variance > 0) return distance / Math.sqrt(variance);
  return distance === 0 ? 0 : Math.sign(distance) * Number.POSITIVE_INFINITY;
}

/** All differences whose score does not reject them. Holds its level down to few pairs and with none discordant. */
export function tangoInterval(counts: PairedCounts, level = 0.95): Interval {
  const n = pairsIn(counts);
  const z = zOfLevel(level);
  const score = (difference: number) => tangoScore(counts, n, difference);
  return { low: whereItFallsTo(z, score), high: whereItFallsTo(-z, score) };
}

/** p of "A is worse than B by the margin or more" against "it is not": Nam 1997's score test. */
export function scoreNonInferiorityP(counts: PairedCounts, margin: number): number {
  return normalUpperTail(tangoScore(counts, pairsIn(counts), -margin));
}

const steps = 60;

function whereItFallsTo(target: number, score: (difference: number) => number): number {
  let low = -1;
  let high = 1;
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2;
    if (score(middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
