import type { Estimate } from '../statistics/estimate.ts';
import type { Interval } from '../statistics/interval.ts';
import { pointwiseBand, type SolvedBand, simultaneousBand } from '../statistics/solved-band.ts';
import { solvedCurve, type TimedTrial } from '../statistics/solved-curve.ts';
import type { FigureOptions } from './arm-report.ts';
import { timedTrials } from './arm-trials.ts';
import type { ReportArm } from './report-arms.ts';
import type { ArmReport } from './report-document.ts';
import { thinned } from './thinned.ts';

type SolvedByT = ArmReport['curves']['solvedByT'];

/** The share solved by t, from the agent's start to the longest trial, with its band. */
export function solvedByTime(arm: ReportArm, options: FigureOptions): SolvedByT {
  if (arm.notMeasured !== undefined) return { points: [], band: 'none', method: arm.notMeasured };
  const trials = timedTrials(arm);
  const drawn = solvedCurve(trials);
  if (drawn.status === 'refused') {
    const reason = arm.trials.length === 0 ? drawn.reason : 'no trial has a known time';
    return { points: [], band: 'none', method: reason };
  }
  const { curve, method, censored } = drawn.value;
  const band = bandOf(trials, options);
  const limits = band.status === 'refused' ? undefined : band.value.points;
  const steps = curve.map(({ time, share }, index) => pointOf(time, share, limits?.[index]));
  const end = trials.reduce((latest, { time }) => Math.max(latest, time), 0);
  const last = curve.length - 1;
  return {
    points: [
      { x: 0, y: 0 },
      ...thinned(steps),
      ...(last < 0 ? [pointOf(end, 0)] : [pointOf(end, curve[last]?.share ?? 0, limits?.[last])]),
    ],
    band: bandText(band),
    method: methodText(method, censored, trials.length),
  };
}

/** The whole curve's band from enough tasks on, else a band of each point by itself. */
function bandOf(trials: readonly TimedTrial[], { seed, resamples }: FigureOptions): Estimate<SolvedBand> {
  const whole = simultaneousBand(trials, { by: 'task', seed, resamples });
  if (whole.status === 'estimated') return whole;
  const repeated = new Set(trials.map(({ task }) => task)).size < trials.length;
  return pointwiseBand(trials, { by: repeated ? 'task' : 'trial' });
}

function pointOf(time: number, share: number, limits?: Interval): SolvedByT['points'][number] {
  const point = { x: time / 1e6, y: share };
  return limits === undefined ? point : { ...point, low: limits.low, high: limits.high };
}

function bandText(band: Estimate<SolvedBand>): string {
  if (band.status === 'refused') return `none: ${band.reason}`;
  const { kind, method, level } = band.value;
  return `${level * 100} %, ${kind}: ${method}`;
}

function methodText(method: 'share' | 'Aalen-Johansen', censored: number, trials: number): string {
  return method === 'share'
    ? 'resolved within t / judged, working time of the agent'
    : `Aalen-Johansen: ${censored} of ${trials} trials were cut off; working time of the agent`;
}
