import { percentText, secondsText } from '../figure-text.ts';
import type { ArmReport } from '../report-document.ts';
import { chartOptions } from './chart-options.ts';
import { captionOf, type MakeChart } from './chart-spec.ts';
import { largest, timeRange } from './scale-range.ts';

/** Where the time went: one bar an arm, its parts in the order of the ledger. */
export const ledgerChart: MakeChart = (document) => {
  const parts = [...new Set(document.arms.flatMap(({ ledger }) => ledger.map(({ part }) => part)))].filter(
    (part) => document.arms.some((arm) => secondsOf(arm, part) > 0),
  );
  if (parts.length === 0) return undefined;
  const { arms } = document;
  const title = 'Where the time goes';
  const caption = captionOf(document);
  return {
    name: 'ledger',
    title,
    description:
      'Wall-clock time of all trials by part; the parts sum to it. What no span covers is shown as unattributed.',
    caption,
    table: {
      head: ['part', ...arms.map(({ key }) => key)],
      rows: parts.map((part) => [part, ...arms.map((arm) => shareText(arm, part))]),
    },
    config: (theme) => ({
      type: 'bar',
      data: {
        labels: arms.map(({ key }) => key),
        datasets: parts.map((part) => ({
          label: part,
          data: arms.map((arm) => secondsOf(arm, part)),
          backgroundColor: theme.ledger[part] ?? theme.faint,
          borderColor: theme.background,
          borderWidth: 1,
          maxBarThickness: 56,
          pointStyle: 'rect' as const,
        })),
      },
      options: {
        ...chartOptions(theme, {
          title,
          caption,
          legend: 'areas',
          x: { title: 'time of all trials', range: timeRange(largest(arms.map(totalOf))), stacked: true },
          y: { title: '', type: 'category', stacked: true },
        }),
        indexAxis: 'y',
      },
    }),
  };
};

function secondsOf({ ledger }: ArmReport, part: string): number {
  return ledger.find((entry) => entry.part === part)?.seconds ?? 0;
}

function totalOf({ ledger }: ArmReport): number {
  return ledger.reduce((sum, { seconds }) => sum + seconds, 0);
}

function shareText(arm: ArmReport, part: string): string {
  const total = totalOf(arm);
  const seconds = secondsOf(arm, part);
  return total === 0 ? '–' : `${secondsText(seconds)} (${percentText(seconds / total)})`;
}
