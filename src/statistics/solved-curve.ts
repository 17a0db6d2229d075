import { type Estimate, estimated, refused } from './estimate.ts';
import { sum } from './mean.ts';
import type { Step, StepCurve } from './step-curve.ts';

/**
 * How one trial ended. Stopping with a wrong answer, or at the time limit, is an ending: the question is "solved within
 * t". Censored is only what was cut off from outside: a crash of ours, a spent budget, an interrupt.
 */
export interface TimedTrial {
  readonly task: string;
  /** Repository; undefined where tasks have none. */
  readonly cluster?: string | undefined;
  readonly time: number;
  readonly ended: 'solved' | 'stopped' | 'censored';
}

export interface SolvedCurve {
  readonly curve: StepCurve;
  readonly trials: number;
  readonly censored: number;
  /** Share of all trials where every one came to its end; Aalen-Johansen's estimate where some were cut off. */
  readonly method: 'share' | 'Aalen-Johansen';
}

/**
 * The share of trials solved by t. With nothing censored F(t) = solved by t / n. Else Aalen-Johansen's cumulative
 * incidence (1978): sum of S(t-) d_solved / n_at_risk, S the survival from any ending. Never 1 - Kaplan-Meier with wrong
 * answers censored: that tells how fast an arm would solve that never gave up.
 */
export function solvedCurve(trials: readonly TimedTrial[]): Estimate<SolvedCurve> {
  if (trials.length === 0) return refused('no trial');
  const censored = trials.filter(({ ended }) => ended === 'censored').length;
  if (censored === trials.length) return refused('every trial was cut off');
  const ordered = inOrder(trials);
  const shares = incidence(ordered, new Float64Array(trials.length).fill(1));
  return estimated({
    curve: stepsOf(ordered, shares),
    trials: trials.length,
    censored,
    method: censored === 0 ? 'share' : 'Aalen-Johansen',
  });
}

/** By time; what is cut off at the moment of an ending was still at risk then. */
export function inOrder(trials: readonly TimedTrial[]): TimedTrial[] {
  const late = (trial: TimedTrial) => (trial.ended === 'censored' ? 1 : 0);
  return trials.toSorted((x, y) => x.time - y.time || late(x) - late(y));
}

/**
 * Aalen-Johansen's incidence after each of the ordered trials, each counted `weights` times (a resample's
 * multiplicities). Of equal times only the last value is the curve's. With nothing censored it is the plain share.
 */
export function incidence(ordered: readonly TimedTrial[], weights: Float64Array): Float64Array {
  const shares = new Float64Array(ordered.length);
  let atRisk = 0;
  for (let place = 0; place < weights.length; place++) atRisk += weights[place] ?? 0;
  let surviving = 1;
  let share = 0;
  for (let place = 0; place < ordered.length; place++) {
    const weight = weights[place] ?? 0;
    const ended = ordered[place]?.ended;
    // Endings of one time one after the other give the same as all at once.
    if (weight > 0 && ended !== 'censored') {
      const hazard = weight / atRisk;
      if (ended === 'solved') share += surviving * hazard;
      surviving *= 1 - hazard;
    }
    atRisk -= weight;
    shares[place] = share;
  }
  return shares;
}

function stepsOf(ordered: readonly TimedTrial[], shares: Float64Array): Step[] {
  let before = 0;
  return ordered.flatMap(({ time }, place) => {
    const share = shares[place] ?? 0;
    if (ordered[place + 1]?.time === time || share <= before) return [];
    before = share;
    return [{ time, share }];
  });
}

/** Penalized mean time: an unsolved trial counts as twice the limit (PAR2). Refused where trials were cut off. */
export function penalizedMeanTime(trials: readonly TimedTrial[], limit: number): Estimate<number> {
  if (trials.length === 0) return refused('no trial');
  if (trials.some(({ ended }) => ended === 'censored')) return refused('some trials were cut off');
  const times = trials.map(({ ended, time }) => (ended === 'solved' && time <= limit ? time : 2 * limit));
  return estimated(sum(times) / times.length);
}

/** Solves in a unit of the agent's time, failures' time included. */
export function solvesPerTime(trials: readonly TimedTrial[], unit: number): Estimate<number> {
  const time = sum(trials.map((trial) => trial.time));
  if (time === 0) return refused('no time was spent');
  return estimated((trials.filter(({ ended }) => ended === 'solved').length * unit) / time);
}
