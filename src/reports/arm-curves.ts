import type { FigureOptions } from './arm-report.ts';
import { estimatedMinutes } from './estimated-duration.ts';
import { known } from './figures.ts';
import type { ReportArm } from './report-arms.ts';
import type { ArmReport, Figure } from './report-document.ts';
import { solvedByTime } from './solved-by-time-curve.ts';
import { ttftCurves } from './ttft-curves.ts';

export function armCurves(
  arm: ReportArm,
  headline: { readonly accuracy: Figure; readonly timeToAnswer: Figure },
  options: FigureOptions,
): ArmReport['curves'] {
  const estimate = estimatedMinutes(arm);
  return {
    solvedByT: solvedByTime(arm, options),
    ...ttftCurves(arm, options.seed),
    accuracyByDuration: {
      measured: { minutes: inMinutes(headline.timeToAnswer), accuracy: headline.accuracy },
      ...(estimate === undefined ? {} : { estimatedMinutes: estimate }),
    },
  };
}

function inMinutes(figure: Figure): Figure {
  if (figure.status === 'refused') return figure;
  const { value, n, interval } = figure;
  return known(value / 60, n, interval && { low: interval.low / 60, high: interval.high / 60 });
}
