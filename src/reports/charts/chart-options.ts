import type { ChartOptions, LegendItem } from 'chart.js';
import type { LineSeries } from './chart-spec.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { ScaleRange } from './scale-range.ts';

export interface AxisOptions {
  readonly title: string;
  readonly type?: 'linear' | 'logarithmic' | 'category';
  readonly range?: Partial<ScaleRange>;
  readonly text?: (value: number) => string;
  readonly stacked?: boolean;
}

type Axis = NonNullable<NonNullable<ChartOptions['scales']>[string]>;

/** Shares from none to all. */
export const shareRange = { minimum: 0, maximum: 1 } as const;

function axis(theme: ChartTheme, { title, type = 'linear', range, text, stacked }: AxisOptions): Axis {
  const textOf = range?.text ?? text;
  const ticks = range?.ticks;
  const options = {
    type,
    ...(range?.minimum === undefined ? {} : { min: range.minimum }),
    ...(range?.maximum === undefined ? {} : { max: range.maximum }),
    ...(stacked === undefined ? {} : { stacked }),
    ...(ticks === undefined
      ? {}
      : {
          afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
            scale.ticks = ticks.map((value) => ({ value }));
          },
        }),
    title: { display: title !== '', text: title, color: theme.text },
    grid: { color: theme.grid },
    border: { color: theme.grid },
    ticks: {
      color: theme.faint,
      ...(type === 'category' ? {} : { maxTicksLimit: 11 }),
      ...(textOf === undefined ? {} : { callback: (value: unknown) => textOf(Number(value)) }),
    },
  };
  // Chart.js' type of an axis is a union over all kinds of axes, of which one is known at a time.
  return options as Axis;
}

interface BaseOptions {
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  readonly title: string;
  readonly caption: string;
  /** What the legend shows of each series. */
  readonly legend: 'lines' | 'points' | 'areas';
}

/** What all charts share; nothing moves, and what is drawn is drawn as given. */
export function chartOptions(theme: ChartTheme, { x, y, title, caption, legend }: BaseOptions): ChartOptions {
  return {
    animation: false,
    responsive: !theme.isAlone,
    maintainAspectRatio: false,
    // Points come as { x, y }; bars with labels need reading.
    ...(y.type === 'category' ? {} : { parsing: false as const, normalized: true }),
    color: theme.text,
    ...(theme.isAlone ? { layout: { padding: 16 } } : {}),
    interaction: { mode: 'nearest', intersect: false },
    scales: { x: axis(theme, x), y: axis(theme, y) },
    plugins: {
      title: {
        display: theme.isAlone,
        text: title,
        color: theme.text,
        align: 'start',
        font: { size: 17, weight: 'bold' },
        padding: { bottom: 4 },
      },
      subtitle: {
        display: theme.isAlone,
        text: caption,
        color: theme.faint,
        align: 'start',
        padding: { bottom: 6 },
      },
      legend: {
        align: 'start',
        // Hiding a line would leave its band behind: the legend names, it does not switch.
        onClick: () => undefined,
        labels: {
          usePointStyle: true,
          pointStyleWidth: legend === 'lines' ? 30 : 11,
          boxHeight: legend === 'lines' ? 8 : 9,
          padding: 13,
          generateLabels: ({ data }) =>
            (data.datasets as unknown as LineSeries[]).flatMap((series, at) =>
              legendItem(series, at, legend, theme),
            ),
        },
      },
      tooltip: { filter: ({ dataset }) => dataset.label !== undefined && dataset.label !== '' },
    },
  };
}

/** As the series is drawn, dashes included, which Chart.js leaves out; a series without a name has no entry. */
function legendItem(
  series: LineSeries,
  datasetIndex: number,
  legend: BaseOptions['legend'],
  theme: ChartTheme,
): LegendItem[] {
  if (series.label === '') return [];
  return [
    {
      text: series.label,
      datasetIndex,
      fontColor: theme.text,
      fillStyle: series.backgroundColor ?? theme.background,
      strokeStyle: series.borderColor ?? theme.text,
      lineWidth: legend === 'areas' ? 0 : 2,
      lineDash: legend === 'lines' ? (series.borderDash ?? []) : [],
      pointStyle: legend === 'lines' ? 'line' : legend === 'areas' ? 'rect' : (series.pointStyle ?? 'circle'),
    },
  ];
}
