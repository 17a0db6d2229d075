import { join, relative } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { buildDocument } from '../../reports/build-document.ts';
import { type RunTable, runTable } from '../../reports/load-report.ts';
import { type LoadedRun, loadRun } from '../../reports/load-run.ts';
import { RecordFiles } from '../../reports/record-files.ts';
import { type ReportArm, reportArms } from '../../reports/report-arms.ts';
import type { ReportDocument } from '../../reports/report-document.ts';
import { folderName } from '../../reports/report-folder.ts';
import { terminalTable } from '../../reports/terminal-table.ts';
import { type ReportFormat, writeReport } from '../../reports/write-report.ts';
import { readRunDocument } from '../../results/result-store.ts';
import type { CommandContext } from '../command.ts';
import { describeEvalrun } from './describe-host.ts';
import type { RunCounts } from './execute-run.ts';

export interface FinishOptions {
  readonly runFolder: string;
  readonly reportsFolder: string;
  readonly json: boolean;
}

export interface ReportRunOptions extends Omit<FinishOptions, 'reportsFolder'> {
  /** Where the report's files go. */
  readonly folder: string;
  readonly formats: readonly ReportFormat[];
  readonly seed: number;
  readonly split?: boolean | undefined;
  /** Told of files that could not be written; may throw, and then nothing more is. */
  readonly onFailure: (error: unknown) => void;
}

const formatsOfRun: readonly ReportFormat[] = ['json', 'markdown', 'csv', 'html'];

/**
 * The answer at the end of a run: the table, the report's files and where everything lies. Made from the run's
 * files; where some of it cannot be made the run is as good as before, and that is said.
 */
export async function finishRun(options: FinishOptions, context: CommandContext): Promise<void> {
  const { runFolder, json } = options;
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  const { runId } = await readRunDocument(runFolder);
  const folder = join(options.reportsFolder, folderName(runId));
  await reportRun({ runFolder, json, folder, formats: formatsOfRun, seed: 1, onFailure }, context).catch(
    onFailure,
  );
  if (failures.length === 0) return;
  const reasons = [...new Set(failures.map(messageOf))].join('; ');
  context.stderr.write(
    `evalrun: the report was not written to its end: ${reasons}; the results are whole, and \`evalrun report ${runId}\` tries again\n`,
  );
}

/** A run's table on stdout and its report in files. The table comes first: it needs no file to be written. */
export async function reportRun(options: ReportRunOptions, context: CommandContext): Promise<void> {
  const { loaded, paths } = await load(options, context);
  const table = runTable(loaded);
  if (!options.json) context.stdout.write(`${terminalTable(table)}\n\n`);
  const { version } = await describeEvalrun(context.packageFolder);
  const arms = reportArms([loaded]);
  const document = buildDocument({
    runs: [loaded],
    arms,
    kind: 'run',
    seed: options.seed,
    evalrunVersion: version,
    generatedAt: new Date(),
  });
  paths.push(...(await writeFormats(document, arms, options)));
  print({ table, verdict: document.verdict, paths }, options, context);
}

/** With the CSV files of the records, which are written while those are read. */
async function load(
  { runFolder, folder, formats, onFailure }: ReportRunOptions,
  { signal }: CommandContext,
): Promise<{ loaded: LoadedRun; paths: string[] }> {
  // After an interrupt the report is still made; a second one leaves at once.
  const stop = signal.aborted ? undefined : signal;
  if (formats.includes('csv')) {
    try {
      await using files = await RecordFiles.open(folder);
      const loaded = await files.load(runFolder, undefined, stop);
      await files.close();
      return { loaded, paths: files.paths };
    } catch (error) {
      onFailure(error);
    }
  }
  return { loaded: await loadRun(runFolder, { signal: stop }), paths: [] };
}

/** One format after the other, so that one that fails takes no other with it. */
async function writeFormats(
  document: ReportDocument,
  arms: readonly ReportArm[],
  { folder, formats, split, onFailure }: ReportRunOptions,
): Promise<string[]> {
  const paths: string[] = [];
  for (const format of formats) {
    try {
      paths.push(...(await writeReport(document, arms, { folder, formats: [format], split })));
    } catch (error) {
      onFailure(error);
    }
  }
  return paths;
}

interface Written {
  readonly table: RunTable;
  readonly verdict: readonly string[];
  readonly paths: readonly string[];
}

function print(
  { table, verdict, paths }: Written,
  { json, runFolder }: ReportRunOptions,
  context: CommandContext,
): void {
  const { run, arms } = table;
  if (json) {
    const line = { type: 'summary', run: run.runId, verdict, arms, files: paths };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const shown = (path: string): string => relative(context.cwd, path) || '.';
  const lines = [
    `results: ${shown(runFolder)}`,
    ...(paths.length === 0 ? [] : [`reports: ${paths.map(shown).join(', ')}`]),
    ...goOnLines(run),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

function goOnLines(run: RunTable['run']): string[] {
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
