import { type Estimate, estimated, refused } from './estimate.ts';
import { mean, sampleVariance } from './mean.ts';
import { type MeanEstimate, tTest } from './t-test.ts';

/**
 * Mean of one value a unit, SE = sd / sqrt(n) with n - 1 (Miller 2024, arXiv 2411.00640). Given the differences of
 * two arms by task it is the paired comparison; repeats are averaged within the task first.
 */
export function meanByUnit(values: readonly number[], level = 0.95): Estimate<MeanEstimate> {
  if (values.length < 2) return refused(`${values.length} unit(s): a standard error needs two`);
  const standardError = Math.sqrt(sampleVariance(values) / values.length);
  const degreesOfFreedom = values.length - 1;
  return estimated(tTest({ mean: mean(values), standardError, degreesOfFreedom, level }));
}

/** Standard error of a difference of means when the arms' tasks are not paired. */
export function unpairedStandardError(a: readonly number[], b: readonly number[]): Estimate<number> {
  if (a.length < 2 || b.length < 2) return refused('an arm with fewer than two tasks');
  return estimated(Math.sqrt(sampleVariance(a) / a.length + sampleVariance(b) / b.length));
}
