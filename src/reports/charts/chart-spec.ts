import type { ChartConfiguration, PointStyle } from 'chart.js';
import { wholeText } from '../figure-text.ts';
import type { ReportDocument } from '../report-document.ts';
import { thinned } from '../thinned.ts';
import type { ChartTheme } from './chart-theme.ts';

/** One chart of a report: drawn by Chart.js on the page and in PNG files, and told as a table to who cannot see it. */
export interface ChartSpec {
  /** File name of its PNG and anchor on the page. */
  readonly name: string;
  readonly title: string;
  /** What is drawn and how to read it. */
  readonly description: string;
  /** Dataset, n, and the words that stand in every title. */
  readonly caption: string;
  readonly table: ChartTable;
  readonly config: (theme: ChartTheme) => ChartConfiguration;
}

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Said where the chart has more points than the table. */
  readonly note?: string;
}

/** Undefined where the document holds nothing to draw. */
export type MakeChart = (document: ReportDocument) => ChartSpec | undefined;

export function captionOf(document: ReportDocument): string {
  const datasets = [...new Set(document.runs.flatMap((run) => run.datasets))];
  const judged = document.arms.reduce((sum, arm) => sum + arm.judged, 0);
  const tasks = `n = ${wholeText(document.tasks.length)} ${document.tasks.length === 1 ? 'task' : 'tasks'}`;
  const trials = `${wholeText(judged)} judged ${judged === 1 ? 'trial' : 'trials'}`;
  return [...document.labels, datasets.join(' + '), tasks, trials].filter((part) => part !== '').join(' · ');
}

/** A table of the points of some series, at most twelve of each. */
export function pointTable<T>(
  series: readonly { readonly name: string; readonly points: readonly T[] }[],
  head: readonly string[],
  cells: (point: T) => readonly string[],
): ChartTable {
  const most = 12;
  const rows = series.flatMap(({ name, points }) =>
    thinned(points, most).map((point) => [name, ...cells(point)]),
  );
  const drawn = series.reduce((sum, { points }) => sum + points.length, 0);
  const table = { head, rows };
  return drawn === rows.length ? table : { ...table, note: `${rows.length} of the ${drawn} points drawn` };
}

/** What our lines and points set; Chart.js' own type fits one kind of chart at a time. */
export interface LineSeries {
  readonly label: string;
  readonly data: { x: number; y: number }[];
  readonly borderColor?: string;
  readonly backgroundColor?: string;
  readonly borderDash?: number[];
  readonly borderWidth?: number;
  readonly pointRadius?: number;
  readonly pointStyle?: PointStyle;
  readonly pointBorderWidth?: number;
  readonly showLine?: boolean;
  readonly stepped?: 'before';
  readonly fill?: false | '-1';
}
