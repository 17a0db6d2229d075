import type { Estimate } from '../statistics/estimate.ts';
import type { Interval } from '../statistics/interval.ts';
import { medianInterval } from '../statistics/median-interval.ts';
import { type PercentileRank, percentile } from '../statistics/percentile.ts';
import type { Figure } from './report-document.ts';

/** Makes the figures of a report from what the statistics say; a refusal keeps its reason. */
export function known(value: number, n: number, interval?: Interval): Figure {
  if (!Number.isFinite(value)) return refusal('not a number', n);
  const range = withWidth(interval);
  return range === undefined
    ? { status: 'estimated', value, n }
    : { status: 'estimated', value, n, interval: { low: range.low, high: range.high } };
}

/** Samples that are all equal give an interval of no width: it would promise what a few samples cannot. */
export function withWidth(interval: Interval | undefined): Interval | undefined {
  if (interval === undefined) return undefined;
  const { low, high } = interval;
  return Number.isFinite(low) && Number.isFinite(high) && high > low ? interval : undefined;
}

export function refusal(reason: string, n: number): Figure {
  return { status: 'refused', reason, n };
}

export function figureOf<T>(
  estimate: Estimate<T>,
  n: number,
  read: (value: T) => { readonly value: number; readonly interval?: Interval },
): Figure {
  if (estimate.status === 'refused') return refusal(estimate.reason, n);
  const { value, interval } = read(estimate.value);
  return known(value, n, interval);
}

/** A percentile above its sample floor; the median with its interval. */
export function percentileFigure(
  samples: readonly number[],
  rank: PercentileRank,
  text: (value: number) => string,
): Figure {
  const figure = percentile(samples, rank);
  if (figure.status === 'value') {
    const middle = rank === 50 ? medianInterval(samples) : undefined;
    return known(figure.value, figure.n, middle?.status === 'estimated' ? middle.value.interval : undefined);
  }
  const largest = figure.max === undefined ? '' : `; the largest is ${text(figure.max)}`;
  return refusal(`n = ${figure.n} of the ${figure.needed} it needs${largest}`, figure.n);
}

export function maximumFigure(samples: readonly number[]): Figure {
  if (samples.length === 0) return refusal('no sample', 0);
  return known(
    samples.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
    samples.length,
  );
}
