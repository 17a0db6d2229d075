import { seededRandom } from '../lib/random.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import type { Interval } from './interval.ts';
import { mean } from './mean.ts';
import { interpolate } from './percentile.ts';

export interface Resampling {
  /** What is drawn: tasks or repositories, each with both arms' results and all repeats; never single trials. */
  readonly units: number;
  /** Printed with the result. */
  readonly seed: string | number;
  /** 'all' enumerates the n^n resamples of a few units. */
  readonly resamples?: number | 'all';
}

/** The figure of one resample, given the drawn units' places; NaN where that resample has none. */
export type Statistic = (drawn: Int32Array) => number;

export interface BootstrapInterval {
  readonly interval: Interval;
  readonly standardError: number;
  readonly resamples: number;
  /** Resamples without the figure: no solve to divide by, an accuracy not reached. */
  readonly without: number;
  readonly seed: string | number;
}

const usualResamples = 10_000;
/** Below this the percentile interval is too short (Efron, Tibshirani 1993, chapter 13): Tango's or t's then. */
const usualFloor = 40;

export function bootstrapDistribution(resampling: Resampling, statistic: Statistic): Float64Array {
  const { units, seed, resamples = usualResamples } = resampling;
  const drawn = new Int32Array(units);
  const next = resamples === 'all' ? odometer(drawn) : drawing(drawn, seed);
  const figures = new Float64Array(resamples === 'all' ? units ** units : resamples);
  for (let index = 0; index < figures.length; index++) {
    next();
    figures[index] = statistic(drawn);
  }
  return figures;
}

/** The percentile interval (Efron 1979). Refused with few units, or where a fortieth of the resamples has no figure. */
export function bootstrapInterval(
  options: Resampling & { readonly statistic: Statistic; readonly level?: number; readonly floor?: number },
): Estimate<BootstrapInterval> {
  const { units, statistic, level = 0.95, floor = usualFloor } = options;
  if (units < floor) return refused(`${units} units, the percentile bootstrap needs ${floor}`);
  const figures = bootstrapDistribution(options, statistic);
  const known = figures.filter((figure) => !Number.isNaN(figure)).sort();
  const without = figures.length - known.length;
  if (without > figures.length / 40)
    return refused(`${without} of ${figures.length} resamples have no figure`);
  return estimated({
    interval: percentileInterval(known, level),
    standardError: spreadOf(known),
    resamples: figures.length,
    without,
    seed: options.seed,
  });
}

export function percentileInterval(sorted: ArrayLike<number>, level: number): Interval {
  return { low: interpolate(sorted, (1 - level) / 2), high: interpolate(sorted, (1 + level) / 2) };
}

function spreadOf(figures: Float64Array): number {
  const centre = mean(figures);
  return Math.sqrt(mean(figures.map((figure) => (figure - centre) ** 2)));
}

function drawing(drawn: Int32Array, seed: string | number): () => void {
  const random = seededRandom('bootstrap', seed);
  return () => {
    for (let place = 0; place < drawn.length; place++) drawn[place] = random() * drawn.length;
  };
}

/** Counts through all draws, the first being all zeros again after the last. */
function odometer(drawn: Int32Array): () => void {
  return () => {
    let place = 0;
    while (place < drawn.length && drawn[place] === drawn.length - 1) drawn[place++] = 0;
    if (place < drawn.length) drawn[place] = (drawn[place] ?? 0) + 1;
  };
}
