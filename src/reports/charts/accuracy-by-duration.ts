import { figureText, percentText, secondsText } from '../figure-text.ts';
import type { ArmReport } from '../report-document.ts';
import { chartOptions, shareRange } from './chart-options.ts';
import { type ChartTable, captionOf, type LineSeries, type MakeChart } from './chart-spec.ts';
import { type ChartTheme, faded, seriesStyle } from './chart-theme.ts';
import { largest, type ScaleRange, timeRange } from './scale-range.ts';
import { type Whisker, whiskersPlugin } from './whiskers.ts';

interface Placed {
  readonly arm: ArmReport;
  /** Of all arms, for its colour. */
  readonly at: number;
  readonly minutes: number;
  readonly accuracy: number;
  readonly estimated: number | undefined;
  readonly whisker: Omit<Whisker, 'colour'>;
}

/** One point an arm, measured, with whiskers both ways; the published estimate beside it as a model. */
export const accuracyByDuration: MakeChart = (document) => {
  const placed = document.arms.flatMap(placeOf);
  if (placed.length === 0) return undefined;
  const title = 'Accuracy against duration';
  const caption = captionOf(document);
  return {
    name: 'accuracy-by-duration',
    title,
    description:
      'Measured working time of the agent against accuracy, with intervals both ways. Hollow points are a model, not a measurement: output tokens / speed + prefill + tool time + network.',
    caption,
    table: tableOf(document.arms),
    config: (theme) => ({
      type: 'line',
      data: { datasets: placed.flatMap((one) => pointsOf(one, theme)) },
      options: chartOptions(theme, {
        title,
        caption,
        legend: 'points',
        x: { title: 'duration', range: durations(placed) },
        y: { title: 'accuracy', range: shareRange, text: percentText },
      }),
      plugins: [
        whiskersPlugin(
          placed.map(({ whisker, at }) => ({ ...whisker, colour: seriesStyle(theme, at).colour })),
        ),
      ],
    }),
  };
};

function minutesText(minutes: number): string {
  return secondsText(minutes * 60);
}

/** The axis counts minutes. */
function durations(placed: readonly Placed[]): ScaleRange {
  const ends = placed.flatMap(({ minutes, estimated = 0, whisker }) => [
    minutes,
    estimated,
    whisker.xRange?.high ?? 0,
  ]);
  const { maximum, ticks, text = secondsText } = timeRange(largest(ends) * 60);
  return {
    minimum: 0,
    maximum: maximum / 60,
    ticks: ticks.map((tick) => tick / 60),
    text: (minutes) => text(minutes * 60),
  };
}

function placeOf(arm: ArmReport, at: number): Placed[] {
  const { measured, estimatedMinutes: estimated } = arm.curves.accuracyByDuration;
  if (measured.minutes.status === 'refused' || measured.accuracy.status === 'refused') return [];
  const { value: minutes, interval: xRange } = measured.minutes;
  const { value: accuracy, interval: yRange } = measured.accuracy;
  const whisker = {
    x: minutes,
    y: accuracy,
    ...(xRange === undefined ? {} : { xRange }),
    ...(yRange === undefined ? {} : { yRange }),
  };
  return [{ arm, at, minutes, accuracy, estimated, whisker }];
}

function pointsOf({ arm, at, minutes, accuracy, estimated }: Placed, theme: ChartTheme): LineSeries[] {
  const { colour, shape } = seriesStyle(theme, at);
  // Who solves all or none stands on the chart's edge, and is not to be cut in half there.
  const point = { showLine: false, pointStyle: shape, borderColor: colour, clip: false } as const;
  const measured = {
    ...point,
    label: arm.key,
    data: [{ x: minutes, y: accuracy }],
    backgroundColor: colour,
    pointRadius: 6,
  };
  if (estimated === undefined) return [measured];
  return [
    measured,
    {
      ...point,
      label: `${arm.key}: estimate (a model)`,
      data: [{ x: estimated, y: accuracy }],
      borderColor: faded(colour, 0.85),
      backgroundColor: theme.background,
      pointBorderWidth: 2,
      pointRadius: 6,
    },
  ];
}

function tableOf(arms: readonly ArmReport[]): ChartTable {
  return {
    head: ['arm', 'measured duration', 'accuracy', 'estimated duration (a model)'],
    rows: arms.map(({ key, curves: { accuracyByDuration } }) => [
      key,
      figureText(accuracyByDuration.measured.minutes, minutesText),
      figureText(accuracyByDuration.measured.accuracy, percentText),
      accuracyByDuration.estimatedMinutes === undefined
        ? '–'
        : minutesText(accuracyByDuration.estimatedMinutes),
    ]),
  };
}
