import type { BootstrapInterval } from './bootstrap.ts';
import type { CompareOptions } from './compare-accuracy.ts';
import { type CostPerSolve, costPerSolve } from './cost-per-solve.ts';
import { type Estimate, mapEstimate, refused } from './estimate.ts';
import { type GeometricRatio, geometricRatio } from './geometric-ratio.ts';
import { mean, sum } from './mean.ts';
import type { Attempt, PairedSide, PairedTask } from './pair-tasks.ts';
import { type SolvedCurve, solvedCurve, solvesPerTime, type TimedTrial } from './solved-curve.ts';
import { type Crossover, crossover, type SpeedUp, speedUpAt } from './speed-up.ts';
import { speedUpInterval } from './speed-up-interval.ts';
import { normalizedArea } from './step-curve.ts';

interface ArmSpeed {
  readonly solved: SolvedCurve;
  /** Area under the curve up to the horizon, over the horizon. */
  readonly area: number;
  readonly solvesPerHour: Estimate<number>;
}

/** How many times faster A gets to an accuracy than B. */
interface SpeedUpAtShare {
  readonly share: number;
  readonly speedUp: SpeedUp;
  readonly interval: Estimate<BootstrapInterval>;
}

export interface SpeedComparison {
  readonly a: ArmSpeed;
  readonly b: ArmSpeed;
  /** The longest attempt of either arm: areas depend on it. */
  readonly horizonUs: number;
  /** In `speedUp`, fast is A and deep is B. */
  readonly speedUps: readonly SpeedUpAtShare[];
  /** Which arm leads first, and when the other passes it: `fast` is the early arm. */
  readonly crossover: { readonly early: 'a' | 'b'; readonly result: Crossover };
}

/** Times of A over times of B on the tasks that both solved, so mostly on easy ones. */
export function comparePairedTimes(
  tasks: readonly PairedTask[],
  level: number | undefined,
): Estimate<GeometricRatio> {
  const pairs = tasks.flatMap(({ a, b }) => {
    const [timeA, timeB] = [solvedTime(a), solvedTime(b)];
    return timeA === undefined || timeB === undefined ? [] : [{ a: timeA, b: timeB }];
  });
  return geometricRatio(pairs, level);
}

/** Geometric mean over the side's solved attempts. */
function solvedTime({ attempts }: PairedSide): number | undefined {
  const times = attempts.flatMap(({ resolved, timeUs }) =>
    resolved === true && timeUs !== undefined ? [timeUs] : [],
  );
  return times.length === 0 ? undefined : Math.exp(mean(times.map(Math.log)));
}

/** Sum of costs over sum of solves; refused where an attempt's cost is not known. */
export function costOfSide(sides: readonly PairedSide[], level: number | undefined): Estimate<CostPerSolve> {
  const costs = sides.map(({ attempts, resolved }) => {
    return { costUsd: sum(attempts.map(({ costUsd }) => costUsd ?? Number.NaN)), solves: resolved };
  });
  if (costs.some(({ costUsd }) => Number.isNaN(costUsd))) return refused('an attempt without a known cost');
  return costPerSolve(costs, level);
}

const hourUs = 3_600_000_000;

export function compareSpeed(
  tasks: readonly PairedTask[],
  options: CompareOptions,
): Estimate<SpeedComparison> {
  const trialsA = timedTrials(tasks, ({ a }) => a);
  const trialsB = timedTrials(tasks, ({ b }) => b);
  if (trialsA === undefined || trialsB === undefined) return refused('an attempt without a known time');
  const horizonUs = [...trialsA, ...trialsB].reduce((longest, { time }) => Math.max(longest, time), 0);
  if (horizonUs === 0) return refused('no time was spent');
  const a = armSpeed(trialsA, horizonUs);
  const b = armSpeed(trialsB, horizonUs);
  if (a.status === 'refused') return a;
  return mapEstimate(b, (speedB) => ({
    a: a.value,
    b: speedB,
    horizonUs,
    speedUps: compareAtShares(a.value, speedB, { fast: trialsA, deep: trialsB }, options),
    crossover: crossoverOf(a.value, speedB),
  }));
}

/** An attempt without a verdict was cut off: censored at its time. */
function timedTrials(
  tasks: readonly PairedTask[],
  side: (task: PairedTask) => PairedSide,
): TimedTrial[] | undefined {
  const trials: TimedTrial[] = [];
  for (const task of tasks) {
    for (const attempt of side(task).attempts) {
      if (attempt.timeUs === undefined) return undefined;
      trials.push({
        task: task.taskId,
        cluster: task.cluster,
        time: attempt.timeUs,
        ended: endingOf(attempt),
      });
    }
  }
  return trials;
}

function endingOf({ resolved }: Attempt): TimedTrial['ended'] {
  if (resolved === undefined) return 'censored';
  return resolved ? 'solved' : 'stopped';
}

function armSpeed(trials: readonly TimedTrial[], horizonUs: number): Estimate<ArmSpeed> {
  return mapEstimate(solvedCurve(trials), (solved) => ({
    solved,
    area: normalizedArea(solved.curve, 0, horizonUs),
    solvesPerHour: solvesPerTime(trials, hourUs),
  }));
}

/** At every tenth up to the higher of the two plateaus. */
function compareAtShares(
  a: ArmSpeed,
  b: ArmSpeed,
  trials: { readonly fast: readonly TimedTrial[]; readonly deep: readonly TimedTrial[] },
  options: CompareOptions,
): SpeedUpAtShare[] {
  const plateau = Math.max(a.solved.curve.at(-1)?.share ?? 0, b.solved.curve.at(-1)?.share ?? 0);
  const tenths = Array.from({ length: Math.floor(plateau * 10 + 1e-9) }, (_, index) => (index + 1) / 10);
  return tenths.map((share) => {
    const speedUp = speedUpAt(share, a.solved.curve, b.solved.curve);
    const interval = speedUp.status === 'reached' ? speedUpInterval(share, trials, options) : notReached;
    return { share, speedUp, interval };
  });
}

const notReached = refused('not reached');

function crossoverOf(a: ArmSpeed, b: ArmSpeed): SpeedComparison['crossover'] {
  const result = crossover(a.solved.curve, b.solved.curve);
  if (result.status !== 'ahead-first') return { early: 'a', result };
  return { early: 'b', result: crossover(b.solved.curve, a.solved.curve) };
}
