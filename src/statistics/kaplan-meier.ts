import { type Estimate, estimated, refused } from './estimate.ts';

/** A time to an event, or, where there was none, the time up to which none was seen. */
export interface SurvivalTime {
  readonly time: number;
  readonly event: boolean;
}

export interface SurvivalStep {
  readonly time: number;
  readonly atRisk: number;
  readonly events: number;
  readonly survival: number;
  /** Greenwood's; undefined once the survival is 0. */
  readonly standardError: number | undefined;
}

/**
 * S(t) = product of 1 - d/n (Kaplan, Meier 1958), Greenwood's variance S^2 sum d / (n (n - d)). For one kind of event
 * only: the share solved by t has two endings, see solved-curve.ts.
 */
export function kaplanMeier(times: readonly SurvivalTime[]): Estimate<readonly SurvivalStep[]> {
  if (times.length === 0) return refused('no observation');
  const steps: SurvivalStep[] = [];
  let survival = 1;
  let greenwood = 0;
  for (const { time, atRisk, events } of eventTimes(times)) {
    survival *= 1 - events / atRisk;
    greenwood += events / (atRisk * (atRisk - events));
    const standardError = survival === 0 ? undefined : survival * Math.sqrt(greenwood);
    steps.push({ time, atRisk, events, survival, standardError });
  }
  return estimated(steps);
}

/** The distinct times of events in order, who was still at risk (those cut off at that very time included) and the events. */
export function eventTimes(times: readonly SurvivalTime[]) {
  const distinct = [...new Set(times.filter(({ event }) => event).map(({ time }) => time))];
  return distinct
    .toSorted((x, y) => x - y)
    .map((time) => ({
      time,
      atRisk: times.filter((other) => other.time >= time).length,
      events: times.filter((other) => other.event && other.time === time).length,
    }));
}
