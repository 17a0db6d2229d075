import type { ReportDocument } from '../../../report-document.ts';
import { SectionNav } from '../section-nav.tsx';
import { type TableProperties, TaskTable } from '../tasks/task-table.tsx';
import { type Theme, ThemeButton } from '../theme.tsx';
import { ArmCards } from './arm-cards.tsx';
import { ArmTable } from './arm-table.tsx';
import { Charts } from './charts.tsx';
import { LeftOut } from './left-out.tsx';
import { Pairs } from './pairs.tsx';
import { Runs } from './runs.tsx';

interface Properties extends TableProperties {
  readonly report: ReportDocument;
  readonly home: string | undefined;
  readonly theme: Theme;
}

const sections = [
  ['verdict', 'Verdict'],
  ['arms', 'Arms'],
  ['charts', 'Charts'],
  ['pairs', 'Pairs'],
  ['left-out', 'Left out'],
  ['tasks', 'Tasks'],
  ['runs', 'Runs'],
] as const;

export function Report({ report, home, theme, ...table }: Properties) {
  const has: Readonly<Record<string, boolean>> = {
    pairs: report.pairs.length > 0,
    'left-out': report.leftOut.length > 0 || report.warnings.length > 0,
  };
  return (
    <>
      <header class="page-header">
        <div class="header-line">
          <p class="product">
            {home === undefined ? 'evalrun' : <a href={home}>evalrun</a>} {report.kind}
          </p>
          <ThemeButton theme={theme} />
        </div>
        <Labels labels={report.labels} />
        <h1>{report.title}</h1>
        <SectionNav label="Sections" sections={sections.filter(([id]) => has[id] !== false)} />
      </header>
      <main>
        <section class="verdict" aria-labelledby="verdict">
          <h2 id="verdict" tabIndex={-1}>
            Verdict
          </h2>
          {report.verdict.map((sentence, at) => (
            <p key={at} class={at === 0 ? 'lead' : ''}>
              {sentence}
            </p>
          ))}
        </section>
        <section aria-labelledby="arms">
          <h2 id="arms" tabIndex={-1}>
            Arms
          </h2>
          <ArmCards arms={report.arms} theme={theme.colours} />
          <ArmTable arms={report.arms} />
        </section>
        <Charts report={report} theme={theme.colours} isPrinting={table.isPrinting} />
        <Pairs report={report} />
        <LeftOut report={report} />
        <TaskTable report={report} {...table} />
        <Runs report={report} />
      </main>
      <footer>
        Made by evalrun {report.evalrunVersion} at {report.generatedAt}, seed {report.seed}.
      </footer>
    </>
  );
}

/** The words that no reader may miss. */
export function Labels({ labels }: { readonly labels: readonly string[] }) {
  if (labels.length === 0) return null;
  return (
    <p class="labels">
      {labels.map((label) => (
        <strong key={label}>{label}</strong>
      ))}
    </p>
  );
}
