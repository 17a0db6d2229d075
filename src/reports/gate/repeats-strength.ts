/**
 * What a gate with repeats can do. Its rule depends on more than counts, so that nothing can be enumerated: its size
 * comes from turning the signs of tonight's differences, the rest from the normal approximation.
 */
import { seededRandom } from '../../lib/random.ts';
import { normalQuantile } from '../../statistics/distributions.ts';
import { type Estimate, estimated, refused } from '../../statistics/estimate.ts';
import { mean, sampleVariance } from '../../statistics/mean.ts';
import type { AccuracyRule } from './accuracy-rule.ts';

const power = 0.8;
const nights = 10_000;

function standardError(differences: readonly number[]): number {
  return Math.sqrt(sampleVariance(differences) / differences.length);
}

const rounds = 60;

/**
 * The drop that fails with a chance of 80 %: it must reach the margin and be significant. Tasks that are lost in every
 * attempt add to the spread, so that the drop stands on both sides and is approached.
 */
export function smallestDropByMeans(differences: readonly number[], rule: AccuracyRule): Estimate<number> {
  if (differences.length < 2) return refused('fewer than two tasks');
  const variance = sampleVariance(differences);
  if (variance === 0) return refused('no task differs: the spread is unknown');
  let drop = 0;
  for (let round = 0; round < rounds; round++) {
    const error = Math.sqrt((variance + drop * (1 - drop)) / differences.length);
    const bar = Math.max(rule.margin, normalQuantile(1 - rule.alpha) * error);
    drop = Math.min(1, bar + normalQuantile(power) * error);
  }
  return drop < 1 ? estimated(drop) : refused('so few tasks cannot show even the largest');
}

/**
 * Chance that signs turned at random, as when the two sides are alike, reach the margin and are significant. A drop
 * is significant beyond alpha's share of the same signs, so that the lesser of the two shares is the size.
 */
export function sizeByMeans(
  differences: readonly number[],
  { margin, alpha }: AccuracyRule,
  seed: string | number,
): Estimate<number> {
  const values = differences.filter((difference) => difference !== 0);
  if (values.length === 0) return refused('no task differs');
  const random = seededRandom('gate-size', seed);
  const bar = -margin * differences.length + 1e-9;
  let reached = 0;
  for (let night = 0; night < nights; night++) {
    let total = 0;
    for (const value of values) total += random() < 0.5 ? value : -value;
    if (total <= bar) reached += 1;
  }
  return estimated(Math.min(alpha, reached / nights));
}

/** Pairs of trials in all, if the mean and the spread seen are the true ones: the way to pass or to fail, as it lies. */
export function pairsToDecideByMeans(
  differences: readonly number[],
  pairs: number,
  { margin, alpha }: AccuracyRule,
): Estimate<number> {
  const error = standardError(differences);
  if (error === 0) return refused('no task differs: the spread is unknown');
  const centre = mean(differences);
  const z = normalQuantile(power);
  const both = normalQuantile(1 - alpha) + z;
  const errors =
    centre > -margin ? both / (centre + margin) : Math.max(z / (-margin - centre), both / -centre);
  if (!Number.isFinite(errors)) return refused('the mean lies on the margin');
  return estimated(Math.ceil(pairs * Math.max(1, (errors * error) ** 2)));
}
