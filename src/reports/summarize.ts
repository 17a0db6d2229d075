import { armAccuracy } from './arm-accuracy.ts';
import { type ArmFigures, armFigures } from './arm-report.ts';
import { secondsText } from './figure-text.ts';
import { percentileFigure } from './figures.ts';
import type { ReportArm } from './report-arms.ts';
import type { Figure } from './report-document.ts';

/** What the table of a run says of one arm: the report's own figures, and some beside them. */
export interface ArmSummary extends ArmFigures {
  /** How the interval of its accuracy was made; undefined where there is none. */
  readonly intervalMethod: string | undefined;
  /** Seconds from a trial's slot to the end of its teardown, the median over all that have it. */
  readonly wallClock: Figure;
  /** Trials with a known cost. */
  readonly pricedTrials: number;
  /** Requests whose speed of decoding cannot be measured, for each row of `latency`. */
  readonly decodeLeftOut: readonly number[];
}

export function summarizeArm(arm: ReportArm): ArmSummary {
  const { trials, requests } = arm;
  const wallSeconds = trials.flatMap(({ wallUs }) => (wallUs === undefined ? [] : [wallUs / 1e6]));
  return {
    ...armFigures(arm),
    intervalMethod: armAccuracy(trials).method,
    wallClock: percentileFigure(wallSeconds, 50, secondsText),
    pricedTrials: trials.filter(({ costUsd }) => costUsd !== undefined).length,
    decodeLeftOut: requests.map(({ decode }) => decode.leftOut),
  };
}
