import type { Interval } from './interval.ts';
import { clip } from './interval.ts';
import { sum } from './mean.ts';
import { meanByUnit } from './mean-by-unit.ts';
import { wilsonInterval } from './wilson.ts';

export interface ShareInterval {
  readonly interval: Interval;
  readonly method: 'Wilson' | "Student's t by task";
}

/**
 * The interval of a mean share whose unit is the task (Miller 2024, arXiv 2411.00640): repeats are averaged within a
 * task first, since they are no independent evidence, and the tasks' means have Student's t. Wilson's where each task
 * is 0 or 1, tried once or the same in all its attempts (n is then the trials over their design effect: the tasks), and
 * where all tasks are alike, so that there is no spread to take an error from. Undefined for one task of mixed
 * attempts: nothing tells how tasks differ.
 */
export function shareInterval(means: readonly number[], level = 0.95): ShareInterval | undefined {
  if (means.every((mean) => mean === 0 || mean === 1)) return wilson(means, level);
  const byTask = meanByUnit(means, level);
  if (byTask.status === 'refused') return undefined;
  if (means.every((mean) => mean === means[0])) return wilson(means, level);
  return { interval: clip(byTask.value.interval, 0, 1), method: "Student's t by task" };
}

function wilson(means: readonly number[], level: number): ShareInterval | undefined {
  const interval = wilsonInterval(sum(means), means.length, level);
  return interval && { interval, method: 'Wilson' };
}
