import type { ChartConfiguration } from 'chart.js';
import { millisecondsText, percentText, wholeText } from '../figure-text.ts';
import type { ReportDocument } from '../report-document.ts';
import { type AxisOptions, chartOptions, shareRange } from './chart-options.ts';
import { type ChartSpec, captionOf, type LineSeries, type MakeChart, pointTable } from './chart-spec.ts';
import { type ChartTheme, faded, type SeriesStyle, seriesStyle } from './chart-theme.ts';
import { countRange, largest, logRange, type ScaleRange, timeRange } from './scale-range.ts';
import { type Whisker, whiskersPlugin } from './whiskers.ts';

type Curves = ReportDocument['arms'][number]['curves'];
interface Point {
  readonly x: number;
  readonly y: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}
interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}
type DrawSeries = (series: Series, style: SeriesStyle) => LineSeries;

/** One series for each arm and transport; transports are never pooled. */
function seriesOf(document: ReportDocument, curve: 'ttftEcdf' | 'ttftByTurn' | 'ttftByInput'): Series[] {
  return document.arms.flatMap(({ key, curves }) =>
    (curves[curve] as Curves['ttftByTurn'])
      .filter(({ points }) => points.length > 0)
      .map(({ transport, points }) => ({ name: nameOf(key, transport), points })),
  );
}

function pointsOf(series: readonly Series[]): readonly Point[] {
  return series.flatMap(({ points }) => points);
}

function nameOf(key: string, transport: string): string {
  return key.includes(transport) ? key : `${key}, ${transport}`;
}

export const ttftDistribution: MakeChart = (document) => {
  const series = seriesOf(document, 'ttftEcdf');
  if (series.length === 0) return undefined;
  return ttftChart(document, series, {
    name: 'ttft-distribution',
    title: 'Time to first token',
    description:
      'Share of requests, each trial’s first left out, whose first token (reasoning, text or tool argument) came within a time; logarithmic axis.',
    table: pointTable(series, ['arm and transport', 'TTFT', 'share of requests'], ({ x, y }) => [
      millisecondsText(x),
      percentText(y),
    ]),
    legend: 'lines',
    x: {
      title: 'TTFT',
      type: 'logarithmic',
      range: logRange(pointsOf(series).map(({ x }) => x)),
      text: millisecondsText,
    },
    y: { title: 'share of requests', range: shareRange, text: percentText },
    draw: ({ name, points }, { colour, dash }) => ({
      label: name,
      data: points.map(({ x, y }) => ({ x, y })),
      borderColor: colour,
      borderDash: dash,
      borderWidth: 2,
      pointRadius: 0,
      stepped: 'before',
    }),
  });
};

export const ttftByTurn: MakeChart = (document) => {
  const series = seriesOf(document, 'ttftByTurn');
  if (series.length === 0) return undefined;
  const points = pointsOf(series);
  return ttftChart(document, series, {
    name: 'ttft-by-turn',
    title: 'Time to first token by turn',
    description: 'Median TTFT of the requests of a turn, with its interval where one was estimated.',
    table: pointTable(series, ['arm and transport', 'turn', 'median TTFT'], ({ x, y }) => [
      wholeText(x),
      millisecondsText(y),
    ]),
    legend: 'points',
    x: { title: 'turn', range: countRange(largest(points.map(({ x }) => x))), text: wholeText },
    y: { title: 'median TTFT', range: millisecondRange(largest(points.map(({ y, high = y }) => high))) },
    draw: ({ name, points }, { colour, dash, shape }) => ({
      label: name,
      data: points.map(({ x, y }) => ({ x, y })),
      borderColor: colour,
      backgroundColor: colour,
      borderDash: dash,
      borderWidth: 2,
      pointRadius: 3,
      pointStyle: shape,
    }),
    whiskers: turnWhiskers,
  });
};

function millisecondRange(longest: number): ScaleRange {
  const { maximum, ticks, text = String } = timeRange(longest / 1000);
  return {
    minimum: 0,
    maximum: maximum * 1000,
    ticks: ticks.map((tick) => tick * 1000),
    text: (ms) => text(ms / 1000),
  };
}

function turnWhiskers({ points }: Series, { colour }: SeriesStyle): Whisker[] {
  return points.flatMap(({ x, y, low, high }) =>
    low === undefined || high === undefined
      ? []
      : [{ x, y, yRange: { low, high }, colour: faded(colour, 0.5) }],
  );
}

export const ttftByInput: MakeChart = (document) => {
  const series = seriesOf(document, 'ttftByInput');
  if (series.length === 0) return undefined;
  return ttftChart(document, series, {
    name: 'ttft-by-input',
    title: 'Time to first token by input tokens',
    description: 'One point a request (a seeded sample where there are many).',
    table: pointTable(series, ['arm and transport', 'input tokens', 'TTFT'], ({ x, y }) => [
      wholeText(x),
      millisecondsText(y),
    ]),
    legend: 'points',
    x: { title: 'input tokens', range: { minimum: 0 }, text: wholeText },
    y: {
      title: 'TTFT',
      type: 'logarithmic',
      range: logRange(pointsOf(series).map(({ y }) => y)),
      text: millisecondsText,
    },
    draw: ({ name, points }, { colour, shape }) => ({
      label: name,
      data: points.map(({ x, y }) => ({ x, y })),
      showLine: false,
      borderColor: faded(colour, 0.8),
      backgroundColor: faded(colour, 0.35),
      pointRadius: 3,
      pointStyle: shape,
    }),
  });
};

interface TtftChart extends Pick<ChartSpec, 'name' | 'title' | 'description' | 'table'> {
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  readonly legend: 'lines' | 'points';
  readonly draw: DrawSeries;
  readonly whiskers?: (series: Series, style: SeriesStyle) => Whisker[];
}

function ttftChart(document: ReportDocument, series: readonly Series[], chart: TtftChart): ChartSpec {
  const { name, title, description, table, x, y, legend, draw, whiskers } = chart;
  const caption = captionOf(document);
  const config = (theme: ChartTheme): ChartConfiguration => {
    const styled = series.map((one, at) => ({ one, style: seriesStyle(theme, at) }));
    return {
      type: 'line',
      data: { datasets: styled.map(({ one, style }) => draw(one, style)) },
      options: chartOptions(theme, { title, caption, x, y, legend }),
      plugins:
        whiskers === undefined
          ? []
          : [whiskersPlugin(styled.flatMap(({ one, style }) => whiskers(one, style)))],
    };
  };
  return { name, title, description, caption, table, config };
}
