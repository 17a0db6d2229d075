import { tQuantile, tTwoSided, zOfLevel } from './distributions.ts';
import { around, type Interval } from './interval.ts';

export interface MeanEstimate {
  readonly mean: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  readonly interval: Interval;
  /** mean / standard error, and the two-sided p of "the mean is 0". */
  readonly t: number;
  readonly p: number;
}

export interface MeanWithError {
  readonly mean: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  readonly level?: number;
}

/** Student's t: interval and test of a mean whose standard error is known with some degrees of freedom. */
export function tTest({ mean, standardError, degreesOfFreedom, level = 0.95 }: MeanWithError): MeanEstimate {
  const t = mean === 0 ? 0 : mean / standardError;
  return {
    mean,
    standardError,
    degreesOfFreedom,
    interval: around(mean, tQuantile((1 + level) / 2, degreesOfFreedom) * standardError),
    t,
    p: tTwoSided(t, degreesOfFreedom),
  };
}

/** The same interval by the normal distribution, as papers with many hundred tasks print it. */
export function normalInterval(mean: number, standardError: number, level = 0.95): Interval {
  return around(mean, zOfLevel(level) * standardError);
}
