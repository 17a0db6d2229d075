import { useMemo } from 'preact/hooks';
import { chartSpecs } from '../../../chart-specs.ts';
import type { ChartTheme } from '../../../charts/chart-theme.ts';
import type { ReportDocument } from '../../../report-document.ts';
import { ChartFigure } from './chart-figure.tsx';

interface Properties {
  readonly report: ReportDocument;
  readonly theme: ChartTheme;
  readonly isPrinting: boolean;
}

export function Charts({ report, theme, isPrinting }: Properties) {
  const specs = useMemo(() => chartSpecs(report), [report]);
  return (
    <section aria-labelledby="charts">
      <h2 id="charts" tabIndex={-1}>
        Charts
      </h2>
      {specs.length === 0 && <p>Nothing was measured that could be drawn.</p>}
      <div class="charts">
        {specs.map((spec) => (
          <ChartFigure key={spec.name} spec={spec} theme={theme} isPrinting={isPrinting} />
        ))}
      </div>
    </section>
  );
}
