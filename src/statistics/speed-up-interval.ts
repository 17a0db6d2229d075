import { type BootstrapInterval, bootstrapInterval } from './bootstrap.ts';
import type { Estimate } from './estimate.ts';
import { incidence, inOrder, type TimedTrial } from './solved-curve.ts';

export interface SpeedUpIntervalOptions {
  readonly seed: string | number;
  readonly level?: number;
  readonly resamples?: number;
}

/**
 * Bootstrap interval of the speed-up at an accuracy: tasks are drawn with their trials of both arms. Refused where more
 * than a fortieth of the resamples do not reach the accuracy in both arms.
 */
export function speedUpInterval(
  share: number,
  arms: { readonly fast: readonly TimedTrial[]; readonly deep: readonly TimedTrial[] },
  options: SpeedUpIntervalOptions,
): Estimate<BootstrapInterval> {
  const names = [...new Set([...arms.fast, ...arms.deep].map(({ task }) => task))];
  const numbers = new Map(names.map((name, number) => [name, number]));
  const timeOfFast = resampledTime(share, arms.fast, numbers);
  const timeOfDeep = resampledTime(share, arms.deep, numbers);
  const times = new Float64Array(names.length);
  return bootstrapInterval({
    ...options,
    units: names.length,
    statistic: (drawn) => {
      times.fill(0);
      for (const unit of drawn) times[unit] = (times[unit] ?? 0) + 1;
      return timeOfDeep(times) / timeOfFast(times);
    },
  });
}

/** The time at which a resample, given how often each task was drawn, is at the share; NaN where it never is. */
function resampledTime(share: number, trials: readonly TimedTrial[], numbers: ReadonlyMap<string, number>) {
  const ordered = inOrder(trials);
  const units = ordered.map(({ task }) => numbers.get(task) ?? 0);
  const weights = new Float64Array(ordered.length);
  return (timesDrawn: Float64Array): number => {
    for (const [place, unit] of units.entries()) weights[place] = timesDrawn[unit] ?? 0;
    const place = incidence(ordered, weights).findIndex((reached) => reached >= share - 1e-12);
    return ordered[place]?.time ?? Number.NaN;
  };
}
