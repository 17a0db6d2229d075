import type { Attempt, TaskAttempts } from '../statistics/pair-tasks.ts';
import type { TimedTrial } from '../statistics/solved-curve.ts';
import type { KeptTry } from './load-run.ts';
import { isJudged, isResolved, type ReportArm, timeUsOf } from './report-arms.ts';

/** Attempts by task as the statistics take them. What ended before the agent began tells nothing of the arm. */
export function attemptsOf(arm: ReportArm): TaskAttempts[] {
  const byTask = Map.groupBy(arm.trials, ({ taskId }) => taskId);
  return [...byTask].map(([taskId, trials]) => ({
    taskId,
    cluster: trials[0]?.group,
    attempts: trials
      .filter((trial) => isJudged(trial) || timeUsOf(trial) !== undefined)
      .map((trial) => attemptOf(trial, arm)),
  }));
}

function attemptOf(trial: KeptTry, { notMeasured }: ReportArm): Attempt {
  return {
    resolved: isJudged(trial) ? isResolved(trial) : undefined,
    timeUs: notMeasured === undefined ? timeUsOf(trial) : undefined,
    costUsd: trial.costUsd,
  };
}

/** Trials for the share solved by t: what was cut off while the agent worked is censored. */
export function timedTrials(arm: ReportArm): TimedTrial[] {
  if (arm.notMeasured !== undefined) return [];
  return arm.trials.flatMap((trial) => {
    const time = timeUsOf(trial);
    if (time === undefined) return [];
    const ended = isJudged(trial) ? (isResolved(trial) ? 'solved' : 'stopped') : 'censored';
    return [{ task: trial.taskId, cluster: trial.group, time, ended }];
  });
}

/** Mean of a number over the trials of each task that have it: the task is the unit. */
export function meansByTask(
  trials: readonly KeptTry[],
  read: (trial: KeptTry) => number | undefined,
): { readonly means: number[]; readonly trials: number } {
  const sums = new Map<string, { total: number; count: number }>();
  let count = 0;
  for (const trial of trials) {
    const value = read(trial);
    if (value === undefined) continue;
    const sum = sums.get(trial.taskId) ?? { total: 0, count: 0 };
    sums.set(trial.taskId, { total: sum.total + value, count: sum.count + 1 });
    count += 1;
  }
  return { means: [...sums.values()].map(({ total, count: of }) => total / of), trials: count };
}
