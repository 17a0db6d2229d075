import type { Column } from './csv-file.ts';
import type { Figure, PairReport, ReportDocument } from './report-document.ts';
import { intervalIn, valueIn } from './sentence-parts.ts';

/** comparisons.csv has a row for each pair of arms; differences are b - a, ratios a / b. */
export function comparisonColumns(document: ReportDocument): Column<PairReport>[] {
  const { labels, title, seed } = document;
  return [
    { name: 'title', value: () => title },
    { name: 'labels', value: () => labels.join(' ') },
    { name: 'a', value: ({ a }) => a },
    { name: 'b', value: ({ b }) => b },
    { name: 'tasks', value: ({ tasks }) => tasks },
    { name: 'tasks_left_out', value: ({ tasksLeftOut }) => tasksLeftOut },
    { name: 'both', value: ({ both }) => both },
    { name: 'only_a', value: ({ onlyA }) => onlyA },
    { name: 'only_b', value: ({ onlyB }) => onlyB },
    { name: 'neither', value: ({ neither }) => neither },
    ...figureColumns('difference', ({ difference }) => difference),
    { name: 'interval_method', value: ({ intervalMethod }) => intervalMethod },
    { name: 'standard_error_paired', value: ({ standardErrorPaired }) => valueIn(standardErrorPaired) },
    { name: 'clusters', value: ({ clusters }) => clusters?.count },
    {
      name: 'standard_error_clustered',
      value: ({ clusters }) => clusters && valueIn(clusters.standardError),
    },
    { name: 'clustered_low', value: ({ clusters }) => clusters && intervalIn(clusters.interval)?.low },
    { name: 'clustered_high', value: ({ clusters }) => clusters && intervalIn(clusters.interval)?.high },
    { name: 'clustered_p', value: ({ clusters }) => clusters && valueIn(clusters.p) },
    { name: 'mcnemar_exact_p', value: ({ mcnemarExact }) => valueIn(mcnemarExact) },
    { name: 'mcnemar_mid_p', value: ({ mcnemarMidP }) => valueIn(mcnemarMidP) },
    { name: 'sign_flip_p', value: ({ signFlipP }) => valueIn(signFlipP) },
    { name: 'corrected_p', value: ({ correctedP }) => correctedP },
    { name: 'separated', value: ({ separated }) => separated },
    ...figureColumns('time_ratio', ({ timeRatio }) => timeRatio),
    { name: 'time_ratio_tasks', value: ({ timeRatio }) => timeRatio.n },
    { name: 'crossover_s', value: ({ crossoverSeconds }) => valueIn(crossoverSeconds) },
    { name: 'passed_by', value: ({ passedBy }) => passedBy },
    { name: 'seed', value: () => seed },
  ];
}

/** Value, limits, and the reason where it was refused. */
function figureColumns(name: string, read: (pair: PairReport) => Figure): Column<PairReport>[] {
  return [
    { name, value: (pair) => valueIn(read(pair)) },
    { name: `${name}_low`, value: (pair) => intervalIn(read(pair))?.low },
    { name: `${name}_high`, value: (pair) => intervalIn(read(pair))?.high },
    { name: `${name}_not_given`, value: (pair) => reasonOf(read(pair)) },
  ];
}

function reasonOf(figure: Figure): string | undefined {
  return figure.status === 'refused' ? figure.reason : undefined;
}
