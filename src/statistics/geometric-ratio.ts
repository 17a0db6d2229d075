import { type BootstrapInterval, bootstrapInterval } from './bootstrap.ts';
import { type Estimate, mapEstimate, refused } from './estimate.ts';
import type { Interval } from './interval.ts';
import { mean } from './mean.ts';
import { meanByUnit } from './mean-by-unit.ts';

/** One task's times in the two arms, both solved: the ratio speaks of tasks that both solve, so mostly of easy ones. */
export interface TimePair {
  readonly a: number;
  readonly b: number;
}

export interface GeometricRatio {
  /** Geometric mean of a / b. */
  readonly ratio: number;
  readonly interval: Interval;
  readonly t: number;
  readonly p: number;
  readonly pairs: number;
}

/** Geometric mean of a / b with a t interval on the logarithms. Show it beside the curves of the share solved by t. */
export function geometricRatio(pairs: readonly TimePair[], level = 0.95): Estimate<GeometricRatio> {
  const logs = logRatios(pairs);
  if (logs === undefined) return refused('a time of 0');
  return mapEstimate(meanByUnit(logs, level), ({ mean: centre, interval, t, p }) => ({
    ratio: Math.exp(centre),
    interval: { low: Math.exp(interval.low), high: Math.exp(interval.high) },
    t,
    p,
    pairs: pairs.length,
  }));
}

/** The same ratio with a bootstrap interval over tasks. */
export function bootstrapRatio(
  pairs: readonly TimePair[],
  options: {
    readonly seed: string | number;
    readonly resamples?: number;
    readonly level?: number;
    readonly floor?: number;
  },
): Estimate<BootstrapInterval & { readonly ratio: number }> {
  const logs = logRatios(pairs);
  if (logs === undefined) return refused('a time of 0');
  const statistic = (drawn: Int32Array) => {
    let total = 0;
    for (let place = 0; place < drawn.length; place++) total += logs[drawn[place] ?? 0] ?? 0;
    return Math.exp(total / drawn.length);
  };
  const drawn = bootstrapInterval({ ...options, units: logs.length, statistic });
  return mapEstimate(drawn, (value) => ({ ...value, ratio: Math.exp(mean(logs)) }));
}

function logRatios(pairs: readonly TimePair[]): number[] | undefined {
  const logs = pairs.map(({ a, b }) => Math.log(a / b));
  return logs.every(Number.isFinite) ? logs : undefined;
}
