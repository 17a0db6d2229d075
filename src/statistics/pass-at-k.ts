import { type Estimate, estimated, refused } from './estimate.ts';

/** One task's attempts that came to a verdict, and how many of them resolved it. */
export interface TaskPasses {
  readonly attempts: number;
  readonly resolved: number;
}

/**
 * pass@k = 1 - C(n - c, k) / C(n, k): the chance that one of k attempts drawn from n passes, without bias (Chen et
 * al. 2021, openai/human-eval). 1 - (1 - c/n)^k is biased low.
 */
export function passAtK({ attempts, resolved }: TaskPasses, k: number): Estimate<number> {
  if (k > attempts) return refused(`${attempts} judged attempts, pass@${k} needs ${k}`);
  if (attempts - resolved < k) return estimated(1);
  let missing = 1;
  for (let i = attempts - resolved + 1; i <= attempts; i++) missing *= 1 - k / i;
  return estimated(1 - missing);
}

/** pass^k = C(c, k) / C(n, k): the chance that all k pass (tau-bench). */
export function passHatK({ attempts, resolved }: TaskPasses, k: number): Estimate<number> {
  if (k > attempts) return refused(`${attempts} judged attempts, pass^${k} needs ${k}`);
  let all = 1;
  for (let i = 0; i < k; i++) all *= Math.max(0, resolved - i) / (attempts - i);
  return estimated(all);
}

export type PassMeasure = typeof passAtK;

/**
 * Each task's value by its own number of attempts, for a mean or a bootstrap over tasks. Refused where some task has
 * fewer than k: leaving it out would leave out those that errors hit.
 */
export function passByTask(
  tasks: readonly TaskPasses[],
  k: number,
  measure: PassMeasure,
): Estimate<number[]> {
  if (tasks.length === 0) return refused('no task was judged');
  const values: number[] = [];
  for (const task of tasks) {
    const value = measure(task, k);
    if (value.status === 'refused') return refused(`a task has ${value.reason}`);
    values.push(value.value);
  }
  return estimated(values);
}
