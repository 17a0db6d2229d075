import type { Interval } from './interval.ts';
import { type PairedCounts, pairsIn } from './paired-counts.ts';
import { wilsonInterval } from './wilson.ts';

/**
 * Newcombe 1998 (Stat Med 17:2635), method 10: Wilson's limits of both rates, squared and added, with their
 * correlation; a positive one is reduced by n / 2.
 */
export function newcombeInterval(counts: PairedCounts, level = 0.95): Interval | undefined {
  const n = pairsIn(counts);
  const a = distances(counts.both + counts.onlyA, n, level);
  const b = distances(counts.both + counts.onlyB, n, level);
  if (a === undefined || b === undefined) return undefined;
  const phi = reducedCorrelation(counts);
  const difference = a.rate - b.rate;
  return {
    low: difference - join(a.below, b.above, phi),
    high: difference + join(a.above, b.below, phi),
  };
}

/** A rate and how far Wilson's limits lie from it. */
function distances(x: number, n: number, level: number) {
  const interval = wilsonInterval(x, n, level);
  if (interval === undefined) return undefined;
  return { rate: x / n, below: x / n - interval.low, above: interval.high - x / n };
}

function join(one: number, other: number, phi: number): number {
  return Math.sqrt(Math.max(0, one ** 2 - 2 * phi * one * other + other ** 2));
}

function reducedCorrelation(counts: PairedCounts): number {
  const { both, onlyA, onlyB, neither } = counts;
  const margins = (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
  if (margins === 0) return 0;
  const product = both * neither - onlyA * onlyB;
  const reduced = product > 0 ? Math.max(0, product - pairsIn(counts) / 2) : product;
  return reduced / Math.sqrt(margins);
}
