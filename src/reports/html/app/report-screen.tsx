import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData } from '../page-data.ts';
import { Report } from './report/report.tsx';
import { useTrialRoute } from './route.ts';
import { firstState, type TableState, trialRows, visibleRows } from './tasks/table-state.ts';
import { usePageFont, useTheme } from './theme.tsx';
import { TrialScreen } from './trial/trial-screen.tsx';

interface Properties {
  readonly data: Extract<PageData, { screen: 'report' }>;
  readonly isPrinting: boolean;
}

/** The report, or one trial of it; what was filtered and sorted stays while a trial is open. */
export function ReportScreen({ data, isPrinting }: Properties) {
  const { document: report } = data;
  usePageFont();
  const theme = useTheme(isPrinting);
  const trialId = useTrialRoute();
  const [table, setTable] = useState<TableState>(firstState);
  const rows = useMemo(() => trialRows(report), [report]);
  const shown = useMemo(() => visibleRows(rows, table), [rows, table]);
  const title = [...report.labels, report.title].join(' · ');
  useReturnFocus(trialId);
  useEffect(() => {
    document.title = trialId === undefined ? title : `${trialId} – ${title}`;
  }, [trialId, title]);
  if (trialId !== undefined)
    return (
      <TrialScreen
        id={trialId}
        ids={shown.map(({ trial }) => trial.id)}
        labels={report.labels}
        pages={data.pages}
        theme={theme}
        isPrinting={isPrinting}
      />
    );
  return (
    <Report
      report={report}
      home={data.home}
      rows={rows}
      shown={shown}
      table={table}
      setTable={setTable}
      theme={theme}
      isPrinting={isPrinting}
    />
  );
}

/** Back in the report, the focus is on the link that was followed, or on the heading of the tasks. */
function useReturnFocus(trialId: string | undefined): void {
  const left = useRef<string>(undefined);
  useEffect(() => {
    if (trialId === undefined && left.current !== undefined) {
      const link = document.querySelector<HTMLElement>(`a[data-opens="${CSS.escape(left.current)}"]`);
      (link ?? document.getElementById('tasks'))?.focus();
    }
    left.current = trialId;
  }, [trialId]);
}
