import { join, relative, resolve } from 'node:path';
import { EvalrunError } from '../domain/errors.ts';
import { buildDocument } from '../reports/build-document.ts';
import { checkComparable } from '../reports/check-comparable.ts';
import { type LoadedRun, loadRun, outlineRun } from '../reports/load-run.ts';
import { RecordFiles } from '../reports/record-files.ts';
import { type ArmFilter, isChosenBy, type ReportArm, reportArms } from '../reports/report-arms.ts';
import type { ReportDocument } from '../reports/report-document.ts';
import { comparisonFolder } from '../reports/report-folder.ts';
import { terminalReport } from '../reports/terminal-report.ts';
import { writeReport } from '../reports/write-report.ts';
import { findRun } from '../results/find-run.ts';
import type { CommandContext } from './command.ts';
import { formatsOf, type ReportArguments, seedOf } from './report-arguments.ts';
import { describeEvalrun } from './run/describe-host.ts';
import { listOf } from './shared-flags.ts';

export interface CompareArguments extends ReportArguments {
  readonly runs: readonly string[];
  readonly model?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly results: string;
  readonly reports: string;
  readonly json: boolean;
}

/** `evalrun compare`: refuses what may not be compared before anything is read in full or written. */
export async function compareRuns(args: CompareArguments, context: CommandContext): Promise<number> {
  const formats = formatsOf(args.formats);
  const seed = seedOf(args.seed);
  const filter = { models: listOf(args.model), agents: listOf(args.agent) };
  const folders = await foldersOf(args, context);
  const outline = await Promise.all(folders.map(outlineRun));
  refuse(reportArms(outline, filter));
  const ids = outline.map(({ run }) => run.runId);
  const folder = resolve(context.cwd, args.output ?? join(args.reports, comparisonFolder(ids)));
  const withCsv = formats.includes('csv') ? folder : undefined;
  const { runs, paths } = await loadRuns(folders, { filter, csvFolder: withCsv, signal: context.signal });
  const arms = reportArms(runs, filter);
  const { version } = await describeEvalrun(context.packageFolder);
  const document = buildDocument({
    runs,
    arms,
    kind: 'comparison',
    seed,
    evalrunVersion: version,
    generatedAt: new Date(),
  });
  paths.push(...(await writeReport(document, arms, { folder, formats, split: args.split })));
  print(document, paths, args.json, context);
  return 0;
}

async function foldersOf({ runs, results }: CompareArguments, { cwd }: CommandContext): Promise<string[]> {
  const folders = new Set<string>();
  for (const name of runs) folders.add(await findRun(name, resolve(cwd, results)));
  return [...folders];
}

function refuse(arms: readonly ReportArm[]): void {
  checkComparable(arms);
  if (arms.length > 1) return;
  throw new EvalrunError(
    `there is one arm only, ${arms[0]?.key}: nothing to compare it with; \`evalrun report\` tells of one run`,
    { code: 'usage' },
  );
}

interface LoadRunsOptions {
  readonly filter: ArmFilter;
  readonly csvFolder: string | undefined;
  readonly signal: AbortSignal;
}

/** Reads the runs one after the other, with the CSV files of their records where they are wanted. */
async function loadRuns(
  folders: readonly string[],
  { filter, csvFolder, signal }: LoadRunsOptions,
): Promise<{ runs: LoadedRun[]; paths: string[] }> {
  const runs: LoadedRun[] = [];
  if (csvFolder === undefined) {
    for (const folder of folders) runs.push(await loadRun(folder, { signal }));
    return { runs, paths: [] };
  }
  await using files = await RecordFiles.open(csvFolder);
  for (const folder of folders) runs.push(await files.load(folder, isChosenBy(filter), signal));
  await files.close();
  return { runs, paths: files.paths };
}

function print(
  document: ReportDocument,
  paths: readonly string[],
  json: boolean,
  context: CommandContext,
): void {
  const shown = paths.map((path) => relative(context.cwd, path) || '.');
  if (json) {
    // Curves and tasks stand in report.json.
    const { tasks, arms, ...rest } = document;
    const figures = arms.map(({ curves: _, ...arm }) => arm);
    const line = { type: 'comparison', ...rest, taskCount: tasks.length, arms: figures, files: shown };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  context.stdout.write(`${terminalReport(document)}\nreports: ${shown.join(', ')}\n`);
}
