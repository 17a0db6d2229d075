import { type Estimate, estimated, refused } from './estimate.ts';
import { kaplanMeier, type SurvivalStep, type SurvivalTime } from './kaplan-meier.ts';
import { sum } from './mean.ts';

export interface RestrictedMean {
  readonly mean: number;
  readonly standardError: number;
  readonly horizon: number;
}

/**
 * Restricted mean time: the area under Kaplan-Meier's curve up to a horizon, with variance sum over events of (area from
 * there to the horizon)^2 d / (n (n - d)) (Irwin 1949; Klein, Moeschberger 2003, section 4.5).
 */
export function restrictedMean(times: readonly SurvivalTime[], horizon: number): Estimate<RestrictedMean> {
  const curve = kaplanMeier(times);
  if (curve.status === 'refused') return curve;
  const longest = Math.max(...times.map(({ time }) => time));
  const dropsToZero = curve.value.at(-1)?.survival === 0;
  if (horizon > longest && !dropsToZero) {
    return refused(`nothing was seen beyond ${longest}, the horizon is ${horizon}`);
  }
  const steps = curve.value.filter(({ time }) => time < horizon);
  const variance = sum(
    steps.map((step) => {
      const { atRisk, events } = step;
      return atRisk === events
        ? 0
        : (areaFrom(steps, step.time, horizon) ** 2 * events) / (atRisk * (atRisk - events));
    }),
  );
  return estimated({ mean: areaFrom(steps, 0, horizon), standardError: Math.sqrt(variance), horizon });
}

function areaFrom(steps: readonly SurvivalStep[], from: number, to: number): number {
  let area = 0;
  let last = { time: from, survival: steps.findLast(({ time }) => time <= from)?.survival ?? 1 };
  for (const step of steps.filter(({ time }) => time > from)) {
    area += last.survival * (step.time - last.time);
    last = step;
  }
  return area + last.survival * (to - last.time);
}
