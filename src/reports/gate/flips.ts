import { clopperPearson } from '../../statistics/clopper-pearson.ts';
import { mean } from '../../statistics/mean.ts';
import type { GateFlips } from './gate-result.ts';
import type { GateSide } from './gate-side.ts';
import { countedTasks, pairSides, rateOf } from './pair-sides.ts';
import type { Quarantined } from './quarantine.ts';

/**
 * Share of tasks that come out differently in two runs which differ in nothing but the seed. With repeats: how
 * often one attempt of each would differ.
 */
export function flipsOf(a: GateSide, b: GateSide, quarantine: readonly Quarantined[]): GateFlips {
  const tasks = countedTasks(pairSides(a, b, quarantine));
  if (tasks.length === 0)
    return { status: 'not-measured', reason: 'no task came to a verdict in both A/A runs' };
  const chances = tasks.map(({ baseline, candidate }) => {
    const first = rateOf(baseline);
    const second = rateOf(candidate);
    return first * (1 - second) + second * (1 - first);
  });
  const isSingle = tasks.every(({ baseline, candidate }) => baseline.judged === 1 && candidate.judged === 1);
  const flips = chances.filter((chance) => chance === 1).length;
  const interval = isSingle ? clopperPearson(flips, tasks.length) : undefined;
  return {
    status: 'measured',
    runs: [a.runId, b.runId],
    tasks: tasks.length,
    rate: mean(chances),
    ...(interval?.status === 'estimated' ? { interval: interval.value } : {}),
  };
}
