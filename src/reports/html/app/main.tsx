/**
 * The page of a report, and of `evalrun view`: reads what is embedded in it, loads nothing from any network,
 * and shows every text as text.
 */
import { render } from 'preact';
import type { PageData } from '../page-data.ts';
import { LiveScreen } from './live/live-screen.tsx';
import { RunList } from './live/run-list.tsx';
import { ReportScreen } from './report-screen.tsx';
import './style/base.css';
import './style/report.css';
import './style/tables.css';
import './style/trial.css';
import './style/print.css';

const root = document.getElementById('app') as HTMLElement;
const data = JSON.parse(document.getElementById('evalrun-data')?.textContent ?? '') as PageData;

/** Rendered by hand before and after printing, since what is printed must stand before the handler returns. */
function show(isPrinting: boolean): void {
  render(<Screen data={data} isPrinting={isPrinting} />, root);
}

function Screen({ data, isPrinting }: { readonly data: PageData; readonly isPrinting: boolean }) {
  if (data.screen === 'runs') return <RunList runs={data.runs} />;
  if (data.screen === 'live') return <LiveScreen run={data.run} />;
  return <ReportScreen data={data} isPrinting={isPrinting} />;
}

show(false);
addEventListener('beforeprint', () => show(true));
addEventListener('afterprint', () => show(false));
