import { seededRandom } from '../lib/random.ts';
import type { Alternative } from './binomial-test.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import { sum } from './mean.ts';

export interface SignFlip {
  readonly p: number;
  readonly method: 'exact' | 'sampled';
  /** Sign patterns tried. */
  readonly patterns: number;
  readonly nonZero: number;
  /** The least p that so few pairs allow: below six, two-sided .05 is out of reach. */
  readonly smallestP: number;
  /** Only where patterns were sampled. */
  readonly seed: string | number | undefined;
}

export interface SignFlipOptions {
  readonly seed: string | number;
  readonly alternative?: Alternative;
  readonly samples?: number;
}

const exactPairs = 20;

/**
 * Sign-flip permutation test of "the mean of these paired differences is 0" (Fisher 1935): every pattern of signs up
 * to 20 non-zero differences, sampled ones above, where the observed pattern is counted in (Phipson, Smyth 2010).
 * By repository: give the sums over repositories.
 */
export function signFlip(differences: readonly number[], options: SignFlipOptions): Estimate<SignFlip> {
  const { seed, alternative = 'two-sided', samples = 10_000 } = options;
  const values = differences.filter((difference) => difference !== 0);
  if (values.length === 0) return refused('all differences are zero');
  const isExtreme = extremeness(values, alternative);
  const exact = values.length <= exactPairs;
  const patterns = exact ? 2 ** values.length : samples;
  const extreme = exact ? countAll(values, isExtreme) : countSampled(values, isExtreme, samples, seed);
  return estimated({
    p: exact ? extreme / patterns : (extreme + 1) / (patterns + 1),
    method: exact ? 'exact' : 'sampled',
    patterns,
    nonZero: values.length,
    smallestP: (alternative === 'two-sided' ? 2 : 1) / 2 ** values.length,
    seed: exact ? undefined : seed,
  });
}

/** Sums that are equal but for rounding count as equal. */
function extremeness(values: readonly number[], alternative: Alternative): (total: number) => boolean {
  const slack = 1e-9 * sum(values.map(Math.abs));
  const observed = sum(values);
  if (alternative === 'greater') return (total) => total >= observed - slack;
  if (alternative === 'less') return (total) => total <= observed + slack;
  return (total) => Math.abs(total) >= Math.abs(observed) - slack;
}

/** In Gray's order: each pattern differs from the last by one sign. */
function countAll(values: readonly number[], isExtreme: (total: number) => boolean): number {
  const signs = values.map(() => 1);
  let total = sum(values);
  let extreme = isExtreme(total) ? 1 : 0;
  for (let pattern = 1; pattern < 2 ** values.length; pattern++) {
    const place = 31 - Math.clz32(pattern & -pattern);
    const sign = -(signs[place] ?? 1);
    signs[place] = sign;
    total += 2 * sign * (values[place] ?? 0);
    if (isExtreme(total)) extreme += 1;
  }
  return extreme;
}

function countSampled(
  values: readonly number[],
  isExtreme: (total: number) => boolean,
  samples: number,
  seed: string | number,
): number {
  const random = seededRandom('sign-flip', seed);
  let extreme = 0;
  for (let sample = 0; sample < samples; sample++) {
    let total = 0;
    for (const value of values) total += random() < 0.5 ? value : -value;
    if (isExtreme(total)) extreme += 1;
  }
  return extreme;
}
