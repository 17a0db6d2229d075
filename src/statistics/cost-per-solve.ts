import { tQuantile } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import type { Interval } from './interval.ts';
import { mean, sum } from './mean.ts';

/** One task: what its trials cost together and how many of them solved it. */
export interface TaskCost {
  readonly costUsd: number;
  readonly solves: number;
}

export interface CostPerSolve {
  readonly usd: number;
  /** Delta method. */
  readonly standardError: number;
  /** Fieller's, which stays right where solves are few and lies unevenly round the ratio. */
  readonly interval: Interval;
  readonly solves: number;
  readonly tasks: number;
}

/**
 * Sum of costs / sum of solves, failures' costs included; SE = sqrt(sum e^2 / (n (n - 1))) / mean(s), e = c - R s, and
 * Fieller's interval (1954). Refused where the interval of the mean number of solves includes 0.
 */
export function costPerSolve(tasks: readonly TaskCost[], level = 0.95): Estimate<CostPerSolve> {
  const n = tasks.length;
  const solves = sum(tasks.map((task) => task.solves));
  if (solves === 0) return refused('nothing was solved');
  if (n < 2) return refused('one task: a standard error needs two');
  const usd = sum(tasks.map(({ costUsd }) => costUsd)) / solves;
  const residuals = sum(tasks.map((task) => (task.costUsd - usd * task.solves) ** 2));
  const interval = fieller(tasks, tQuantile((1 + level) / 2, n - 1));
  if (interval === undefined) return refused(`${solves} solves of ${n}: too few to tell from none`);
  const standardError = Math.sqrt(residuals / (n * (n - 1))) / (solves / n);
  return estimated({ usd, standardError, interval, solves, tasks: n });
}

/** The ratios r whose mean of c - r s is not told from 0: the roots of a quadratic in r. */
function fieller(tasks: readonly TaskCost[], t: number): Interval | undefined {
  const cost = mean(tasks.map(({ costUsd }) => costUsd));
  const solves = mean(tasks.map((task) => task.solves));
  const scale = t ** 2 / (tasks.length * (tasks.length - 1));
  const spread = (product: (dc: number, ds: number) => number) =>
    scale * sum(tasks.map((task) => product(task.costUsd - cost, task.solves - solves)));
  const square = solves ** 2 - spread((_, ds) => ds * ds);
  if (square <= 0) return undefined;
  const half = cost * solves - spread((dc, ds) => dc * ds);
  const root = Math.sqrt(Math.max(0, half ** 2 - square * (cost ** 2 - spread((dc) => dc * dc))));
  return { low: (half - root) / square, high: (half + root) / square };
}
