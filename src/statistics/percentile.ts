/**
 * Samples that a percentile needs before it is printed (confidence 0.99; MLCommons endpoints,
 * docs/early_stopping.md).
 */
const floors = { 50: 11, 75: 24, 80: 31, 90: 64, 95: 130, 97: 219, 99: 662 } as const;
export type PercentileRank = keyof typeof floors;

export type Percentile =
  | { readonly status: 'value'; readonly value: number; readonly n: number }
  /** Too few samples: the largest is given in its place. */
  | {
      readonly status: 'below-floor';
      readonly n: number;
      readonly needed: number;
      readonly max: number | undefined;
    };

/** A percentile by linear interpolation between closest ranks (numpy's default), above its sample floor only. */
export function percentile(samples: readonly number[], p: PercentileRank): Percentile {
  const needed = floors[p];
  const sorted = samples.toSorted((x, y) => x - y);
  if (sorted.length < needed) return { status: 'below-floor', n: sorted.length, needed, max: sorted.at(-1) };
  return { status: 'value', value: interpolate(sorted, p / 100), n: sorted.length };
}

/** Linear interpolation at a share of the sorted samples; needs one sample at least. */
export function interpolate(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle of any number of samples, for counts people look at; undefined when there is none. */
export function median(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined;
  return interpolate(
    samples.toSorted((x, y) => x - y),
    0.5,
  );
}
