import { type Estimate, estimated, refused } from './estimate.ts';
import { mean, sampleVariance, sum } from './mean.ts';
import { type MeanEstimate, tTest } from './t-test.ts';

export interface ClusteredValue {
  readonly value: number;
  readonly cluster: string;
}

export interface ClusteredMean extends MeanEstimate {
  readonly clusters: number;
  /** The squared ratio to the standard error of independent values; undefined where all values are equal. */
  readonly designEffect: number | undefined;
  /** Below some 30 clusters the error itself is poorly known: say so beside it. */
  readonly fewClusters: boolean;
}

export interface ClusteredMeanOptions {
  readonly level?: number;
  /** G / (G - 1) on the variance; on unless a published figure without it is to be repeated. */
  readonly smallSample?: boolean;
}

const trustedClusters = 30;

/**
 * Mean with errors clustered by repository, SE = sqrt(sum over clusters of (sum of residuals)^2) / n, with the
 * few-cluster correction and t with G - 1 degrees of freedom (Miller 2024, arXiv 2411.00640, section 2.2). The
 * claim is then about new repositories, not about these.
 */
export function clusteredMean(
  values: readonly ClusteredValue[],
  { level = 0.95, smallSample = true }: ClusteredMeanOptions = {},
): Estimate<ClusteredMean> {
  const clusters = Map.groupBy(values, ({ cluster }) => cluster);
  const count = clusters.size;
  if (count < 2) return refused(`${count} cluster(s): a clustered standard error needs two`);
  const plain = values.map(({ value }) => value);
  const centre = mean(plain);
  const squares = [...clusters.values()].map((members) => sum(members.map((m) => m.value - centre)) ** 2);
  const correction = smallSample ? count / (count - 1) : 1;
  const standardError = Math.sqrt(correction * sum(squares)) / values.length;
  const naive = sampleVariance(plain) / values.length;
  return estimated({
    ...tTest({ mean: centre, standardError, degreesOfFreedom: count - 1, level }),
    clusters: count,
    designEffect: naive === 0 ? undefined : standardError ** 2 / naive,
    fewClusters: count < trustedClusters,
  });
}
