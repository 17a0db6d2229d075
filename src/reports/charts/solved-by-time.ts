import { percentText, secondsText } from '../figure-text.ts';
import type { ArmReport } from '../report-document.ts';
import { chartOptions, shareRange } from './chart-options.ts';
import { captionOf, type LineSeries, type MakeChart, pointTable } from './chart-spec.ts';
import { type ChartTheme, faded, seriesStyle } from './chart-theme.ts';
import { largest, timeRange } from './scale-range.ts';

/** The share of judged trials resolved within t, a step line an arm, with its band. */
export const solvedByTime: MakeChart = (document) => {
  const arms = document.arms.filter((arm) => arm.curves.solvedByT.points.length > 0);
  if (arms.length === 0) return undefined;
  const title = 'Solved by time';
  const caption = captionOf(document);
  const range = timeRange(largest(arms.map(({ curves }) => curves.solvedByT.points.at(-1)?.x ?? 0)));
  const methods = [
    ...new Set(arms.map(({ curves: { solvedByT } }) => `${solvedByT.method}; band: ${solvedByT.band}`)),
  ];
  return {
    name: 'solved-by-time',
    title,
    description: `Share of judged trials resolved within a time of the agent's start. ${methods.join('. ')}.`,
    caption,
    table: pointTable(
      arms.map((arm) => ({ name: arm.key, points: arm.curves.solvedByT.points })),
      ['arm', 'within', 'resolved', 'band'],
      ({ x, y, low, high }) => [secondsText(x), percentText(y), bandText(low, high)],
    ),
    config: (theme) => ({
      type: 'line',
      data: {
        datasets: arms.flatMap((arm) => armLines(arm, document.arms.indexOf(arm), range.maximum, theme)),
      },
      options: chartOptions(theme, {
        title,
        caption,
        legend: 'lines',
        x: { title: "time since the agent's start", range },
        y: { title: 'resolved / judged', range: shareRange, text: percentText },
      }),
    }),
  };
};

function bandText(low: number | undefined, high: number | undefined): string {
  return low === undefined || high === undefined ? '–' : `${percentText(low)} … ${percentText(high)}`;
}

function armLines({ key, curves }: ArmReport, at: number, end: number, theme: ChartTheme): LineSeries[] {
  const points = withPlateau(curves.solvedByT.points, end);
  const { colour, dash } = seriesStyle(theme, at);
  const common = { pointRadius: 0, stepped: 'before' } as const;
  const edge = { ...common, borderWidth: 0, label: '', backgroundColor: faded(colour, 0.13) };
  const line = { ...common, label: key, borderColor: colour, borderDash: dash, borderWidth: 2 };
  const banded = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  return [
    { ...line, data: points.map(({ x, y }) => ({ x, y })) },
    ...(banded.length === 0
      ? []
      : [
          { ...edge, data: banded.map(({ x, low = 0 }) => ({ x, y: low })), fill: false as const },
          { ...edge, data: banded.map(({ x, high = 0 }) => ({ x, y: high })), fill: '-1' as const },
        ]),
  ];
}

type CurvePoint = ArmReport['curves']['solvedByT']['points'][number];

/** After its last step the curve goes on level, to the end of the axis. */
function withPlateau(points: readonly CurvePoint[], end: number): readonly CurvePoint[] {
  const last = points.at(-1);
  return last === undefined || last.x >= end ? points : [...points, { ...last, x: end }];
}
