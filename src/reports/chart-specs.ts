/**
 * The charts of a report, as Chart.js configurations made from its document: drawn on the page and, with the
 * same code, into PNG files. Nothing here needs a browser or Node.
 */
import { accuracyByDuration } from './charts/accuracy-by-duration.ts';
import type { ChartSpec } from './charts/chart-spec.ts';
import { ledgerChart } from './charts/ledger-chart.ts';
import { legendGap } from './charts/legend-gap.ts';
import { solvedByTime } from './charts/solved-by-time.ts';
import { speedUpChart } from './charts/speed-up-chart.ts';
import { ttftByInput, ttftByTurn, ttftDistribution } from './charts/ttft-charts.ts';
import type { ReportDocument } from './report-document.ts';

const charts = [
  solvedByTime,
  accuracyByDuration,
  speedUpChart,
  ledgerChart,
  ttftDistribution,
  ttftByTurn,
  ttftByInput,
];

export function chartSpecs(document: ReportDocument): ChartSpec[] {
  return charts.flatMap((make) => {
    const spec = make(document);
    return spec === undefined ? [] : [withGap(spec)];
  });
}

function withGap(spec: ChartSpec): ChartSpec {
  const config: ChartSpec['config'] = (theme) => {
    const plain = spec.config(theme);
    return { ...plain, plugins: [...(plain.plugins ?? []), legendGap] };
  };
  return { ...spec, config };
}
