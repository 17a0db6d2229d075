import { type BootstrapInterval, bootstrapInterval } from './bootstrap.ts';
import type { ClusteredValue } from './clustered-mean.ts';
import type { Estimate } from './estimate.ts';

export interface MeanBootstrap {
  readonly seed: string | number;
  readonly resamples?: number | 'all';
  readonly level?: number;
  /** Repositories are few everywhere; below this many their bootstrap says nothing. */
  readonly floor?: number;
}

const fewestRepositories = 10;

/** Bootstrap over tasks of a mean of one value a task: the paired comparison when given differences. */
export function bootstrapByTask(
  values: readonly number[],
  options: MeanBootstrap,
): Estimate<BootstrapInterval> {
  const table = Float64Array.from(values);
  return bootstrapInterval({
    ...options,
    units: table.length,
    statistic: (drawn) => {
      let total = 0;
      for (let place = 0; place < drawn.length; place++) total += table[drawn[place] ?? 0] ?? 0;
      return total / drawn.length;
    },
  });
}

/** Whole repositories are drawn, with all their tasks. */
export function bootstrapByCluster(
  values: readonly ClusteredValue[],
  options: MeanBootstrap,
): Estimate<BootstrapInterval> {
  const clusters = [...Map.groupBy(values, ({ cluster }) => cluster).values()];
  const sums = clusters.map((members) => members.reduce((total, { value }) => total + value, 0));
  const sizes = clusters.map((members) => members.length);
  return bootstrapInterval({
    floor: fewestRepositories,
    ...options,
    units: clusters.length,
    statistic: (drawn) => {
      let total = 0;
      let size = 0;
      for (const cluster of drawn) {
        total += sums[cluster] ?? 0;
        size += sizes[cluster] ?? 0;
      }
      return total / size;
    },
  });
}
