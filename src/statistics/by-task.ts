import { mean, sampleVariance } from './mean.ts';

export interface MeanByTask {
  readonly mean: number;
  /** Standard error of the mean with the task as the unit; undefined with fewer than two tasks. */
  readonly standardError: number | undefined;
  readonly tasks: number;
}

/**
 * Mean score over tasks and its standard error, sd / sqrt(n) over the tasks' own means (Miller 2024,
 * arXiv 2411.00640): repeats are averaged within a task first, since they are no independent evidence.
 */
export function meanByTask(scores: ReadonlyMap<string, readonly number[]>): MeanByTask | undefined {
  const means = [...scores.values()].filter((values) => values.length > 0).map((values) => mean(values));
  if (means.length === 0) return undefined;
  const standardError = means.length < 2 ? undefined : Math.sqrt(sampleVariance(means) / means.length);
  return { mean: mean(means), standardError, tasks: means.length };
}
