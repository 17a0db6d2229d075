import { join, relative } from 'node:path';
import { writeCsv } from '../../reports/csv.ts';
import { loadReport, type RunReport } from '../../reports/load-report.ts';
import { terminalTable } from '../../reports/terminal-table.ts';
import type { CommandContext } from '../command.ts';
import type { RunCounts } from './execute-run.ts';

export interface FinishOptions {
  readonly runFolder: string;
  readonly reportsFolder: string;
  readonly json: boolean;
}

/** The answer at the end of a run: the table, the CSV files and where everything lies. Made from the files. */
export async function finishRun(options: FinishOptions, context: CommandContext): Promise<void> {
  const report = await loadReport(options.runFolder);
  const paths = await writeCsv(report, join(options.reportsFolder, report.run.runId));
  if (options.json) {
    context.stdout.write(
      `${JSON.stringify({ type: 'summary', run: report.run.runId, arms: report.arms, files: paths })}\n`,
    );
    return;
  }
  const shown = (path: string): string => relative(context.cwd, path) || '.';
  const lines = [
    terminalTable(report),
    '',
    `results: ${shown(options.runFolder)}`,
    `reports: ${paths.map(shown).join(', ')}`,
    ...goOnLines(report.run),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

function goOnLines(run: RunReport['run']): string[] {
  if (run.state !== 'interrupted') return [];
  const more =
    'endedBy' in run && run.endedBy === 'budget' ? ' with a larger --budget-usd or --budget-tokens' : '';
  return [`interrupted; go on with: evalrun resume ${run.runId}${more}`];
}

/** Where several hold: interrupted, then the budget, then what could not be judged. */
export function exitCodeOf({ state, endedBy, unjudged }: RunCounts): number {
  if (state === 'interrupted') return endedBy === 'budget' ? 5 : 130;
  return unjudged > 0 ? 1 : 0;
}
