/** A share that only rises, at its steps in order of time; 0 before the first. Times in any one unit. */
export type StepCurve = readonly Step[];

export interface Step {
  readonly time: number;
  readonly share: number;
}

/** The curve's value at a time: that of the last step not after it. */
export function shareAt(curve: StepCurve, time: number): number {
  return curve.findLast((step) => step.time <= time)?.share ?? 0;
}

/** Shares summed in floating point may miss a round one by a hair. */
const slack = 1e-12;

/** The first time at which the curve is at the share; undefined where it never gets there. */
export function timeToReach(curve: StepCurve, share: number): number | undefined {
  return curve.find((step) => step.share >= share - slack)?.time;
}

/**
 * Area under the curve between two times, over the width: its mean share. The winner of two curves may depend on the
 * horizon, so the horizon is printed with it.
 */
export function normalizedArea(curve: StepCurve, from: number, to: number): number {
  return areaIn(curve, from, to, (time) => time);
}

/** The same with the logarithm of time as the axis: twice as fast counts alike for seconds and hours. From is above 0. */
export function logTimeArea(curve: StepCurve, from: number, to: number): number {
  return areaIn(curve, from, to, Math.log);
}

function areaIn(curve: StepCurve, from: number, to: number, axis: (time: number) => number): number {
  let area = 0;
  let last = { time: from, share: shareAt(curve, from) };
  for (const step of curve.filter(({ time }) => time > from && time < to)) {
    area += last.share * (axis(step.time) - axis(last.time));
    last = step;
  }
  area += last.share * (axis(to) - axis(last.time));
  return area / (axis(to) - axis(from));
}
