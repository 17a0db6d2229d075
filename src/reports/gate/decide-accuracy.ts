import { decideGateByMeans } from '../../statistics/gate-by-means.ts';
import { decideGate, type GateRule, gateJudge } from '../../statistics/gate-rule.ts';
import { mean } from '../../statistics/mean.ts';
import { countPairs, type PairedCounts } from '../../statistics/paired-counts.ts';
import { tasksToDecide } from '../../statistics/tasks-to-decide.ts';
import { type AccuracyRule, exactRule } from './accuracy-rule.ts';
import type { GateAccuracy, GateFigure } from './gate-result.ts';
import { type CountedTask, rateOf } from './pair-sides.ts';
import { pairsToDecideByMeans } from './repeats-strength.ts';

/** The verdict on accuracy: by exact counts where each task was judged once on each side, else by the tasks' means. */
export function decideAccuracy(
  tasks: readonly CountedTask[],
  rule: AccuracyRule,
  seed: string | number,
): GateAccuracy {
  const counts = singleCounts(tasks);
  const design = counts === undefined ? 'repeated' : 'single';
  const none = { verdict: 'inconclusive', design, tasks: tasks.length } as const;
  if (tasks.length === 0) return { ...none, reason: 'no task came to a verdict on both sides' };
  return counts === undefined
    ? byMeans(tasks, rule, seed, none)
    : { ...byCounts(counts, tasks.length, rule), ...ratesOf(tasks) };
}

/** Undefined where a task was judged more than once. */
export function singleCounts(tasks: readonly CountedTask[]): PairedCounts | undefined {
  const isSingle = tasks.every(({ baseline, candidate }) => baseline.judged === 1 && candidate.judged === 1);
  if (!isSingle) return undefined;
  return countPairs(
    tasks.map(({ baseline, candidate }) => [candidate.resolved === 1, baseline.resolved === 1]),
  );
}

export function scoreDifferences(tasks: readonly CountedTask[]): number[] {
  return tasks.map(({ baseline, candidate }) => rateOf(candidate) - rateOf(baseline));
}

function ratesOf(tasks: readonly CountedTask[]) {
  return {
    baselineRate: mean(tasks.map(({ baseline }) => rateOf(baseline))),
    candidateRate: mean(tasks.map(({ candidate }) => rateOf(candidate))),
  };
}

function byCounts(paired: PairedCounts, tasks: number, rule: AccuracyRule): GateAccuracy {
  const { both, onlyA: candidateOnly, onlyB: baselineOnly, neither } = paired;
  const counts = { tasks, baselineOnly, candidateOnly };
  const { verdict, difference, limits, exactP } = decideGate(counts, exactRule(rule));
  return {
    verdict,
    design: 'single',
    tasks,
    counts: { both, baselineOnly, candidateOnly, neither },
    difference,
    limits,
    limitsBy: 'Tango',
    p: exactP,
    reason: reasonOf(verdict, difference, exactP, rule),
  };
}

function byMeans(
  tasks: readonly CountedTask[],
  rule: AccuracyRule,
  seed: string | number,
  none: Pick<GateAccuracy, 'verdict' | 'design' | 'tasks'>,
): GateAccuracy {
  const differences = scoreDifferences(tasks);
  const decided = decideGateByMeans(differences, rule, seed);
  if (decided.status === 'refused') return { ...none, ...ratesOf(tasks), reason: decided.reason };
  const { verdict, difference, limits, limitsBy, p } = decided.value;
  return {
    ...none,
    verdict,
    ...ratesOf(tasks),
    difference,
    limits,
    limitsBy,
    p,
    reason: reasonOf(verdict, difference, p, rule),
  };
}

function reasonOf(
  verdict: GateAccuracy['verdict'],
  difference: number,
  p: number,
  { margin, alpha }: AccuracyRule,
): string {
  if (verdict === 'pass') return 'a drop as large as the margin is ruled out';
  if (verdict === 'fail') return 'the drop reaches the margin and is more than chance explains';
  if (difference <= -margin) return 'the drop reaches the margin, but chance may explain it';
  return p <= alpha
    ? 'there is a drop, but it may be smaller than the margin'
    : 'a drop as large as the margin is neither shown nor ruled out';
}

/** Pairs of trials in all that would decide with 80 % chance, if the rates seen are the true ones. */
export function pairsToDecide(tasks: readonly CountedTask[], rule: AccuracyRule): GateFigure {
  const paired = singleCounts(tasks);
  if (tasks.length < 2) return { status: 'refused', reason: 'fewer than two tasks' };
  if (paired === undefined) return pairsToDecideByMeans(scoreDifferences(tasks), pairsOf(tasks), rule);
  const counts = { tasks: tasks.length, baselineOnly: paired.onlyB, candidateOnly: paired.onlyA };
  if (counts.baselineOnly + counts.candidateOnly === 0) {
    return { status: 'estimated', value: tasksThatPassAlike(counts.tasks, exactRule(rule)) };
  }
  const needed = tasksToDecide(counts, exactRule(rule));
  return needed.status === 'refused' ? needed : { status: 'estimated', value: needed.value.tasks };
}

/** The fewest tasks that pass when none of them differs. */
function tasksThatPassAlike(from: number, rule: GateRule): number {
  const passes = (tasks: number): boolean => gateJudge(tasks, rule)(0, 0) === 'pass';
  let low = from;
  let high = from;
  while (!passes(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function pairsOf(tasks: readonly CountedTask[]): number {
  return tasks.reduce(
    (pairs, { baseline, candidate }) => pairs + Math.min(baseline.judged, candidate.judged),
    0,
  );
}
