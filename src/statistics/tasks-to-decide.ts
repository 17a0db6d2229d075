import { type Estimate, estimated, refused } from './estimate.ts';
import type { GateCounts, GateRule } from './gate-rule.ts';
import { type VerdictChances, verdictChances } from './verdict-chances.ts';

export interface TasksToDecide {
  /** Pairs of trials in all, those already run included. Repeats of the same tasks are worth less than new tasks. */
  readonly tasks: number;
  readonly chances: VerdictChances;
}

const most = 20_000;

/**
 * How many pairs would bring an inconclusive gate to pass or fail with the given chance, if the rates seen so far were the
 * true ones: doubled until they do, then halved in between.
 */
export function tasksToDecide(counts: GateCounts, rule: GateRule, chance = 0.8): Estimate<TasksToDecide> {
  if (counts.tasks < 1) return refused('no task');
  if (counts.baselineOnly + counts.candidateOnly === 0)
    return refused('no discordant task: their rate is unknown');
  const at = (tasks: number) => chancesAt(tasks, counts, rule);
  const isDecided = (tasks: number) => 1 - at(tasks).inconclusive >= chance;
  let low = counts.tasks;
  let high = counts.tasks;
  while (!isDecided(high)) {
    if (high >= most) return refused(`not decided by ${most} pairs either`);
    low = high;
    high = Math.min(most, high * 2);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isDecided(middle)) high = middle;
    else low = middle;
  }
  return estimated({ tasks: high, chances: at(high) });
}

function chancesAt(tasks: number, counts: GateCounts, rule: GateRule): VerdictChances {
  const rates = {
    tasks,
    baselineOnly: counts.baselineOnly / counts.tasks,
    candidateOnly: counts.candidateOnly / counts.tasks,
  };
  const chances = verdictChances(rates, rule);
  return chances.status === 'refused' ? { pass: 0, fail: 0, inconclusive: 1 } : chances.value;
}
