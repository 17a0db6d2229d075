import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EvalrunError } from '../domain/errors.ts';
import type { TrialRecord } from '../domain/record.ts';
import { endLine } from '../progress/plain-progress.ts';
import { shortTrialName } from '../progress/short-trial-name.ts';
import { loadReport, type RunReport } from '../reports/load-report.ts';
import { terminalTable } from '../reports/terminal-table.ts';
import { findRun } from '../results/find-run.ts';
import { tryFiles } from '../results/run-folder.ts';
import type { CommandContext } from './command.ts';

export interface ShowArguments {
  readonly run: string;
  readonly results: string;
  readonly json: boolean;
}

export async function showRun(args: ShowArguments, context: CommandContext): Promise<number> {
  const { folder, trial } = await locate(args.run, resolve(context.cwd, args.results));
  const report = await loadReport(folder);
  const tries = trial === undefined ? report.tries : triesOf(report, trial);
  if (args.json) context.stdout.write(tries.map((record) => `${JSON.stringify(record)}\n`).join(''));
  else if (trial === undefined)
    context.stdout.write(`${terminalTable(report)}\n\n${tries.map(endLine).join('\n')}\n`);
  else for (const record of tries) context.stdout.write(await tryText(record, folder));
  return 0;
}

/** RUN, or RUN/TRIAL; a path to a run's folder may hold slashes too. */
async function locate(
  name: string,
  resultsFolder: string,
): Promise<{ folder: string; trial: string | undefined }> {
  try {
    return { folder: await findRun(name, resultsFolder), trial: undefined };
  } catch (error) {
    const slash = name.lastIndexOf('/');
    if (slash <= 0) throw error;
    return { folder: await findRun(name.slice(0, slash), resultsFolder), trial: name.slice(slash + 1) };
  }
}

function triesOf({ tries, run }: RunReport, part: string): TrialRecord[] {
  const named = (matches: (name: string) => boolean): TrialRecord[] =>
    tries.filter(({ trialId }) => matches(trialId) || matches(shortTrialName(trialId)));
  const exact = named((name) => name === part);
  const found = exact.length > 0 ? exact : named((name) => name.includes(part));
  const ids = [...new Set(found.map(({ trialId }) => trialId))];
  if (ids.length === 1) return found;
  const problem = ids.length === 0 ? 'has no ended trial named so' : `has several: ${ids.join(', ')}`;
  throw new EvalrunError(`run ${run.runId}, "${part}": ${problem}`, { code: 'usage' });
}

async function tryText(record: TrialRecord, folder: string): Promise<string> {
  const ledger = Object.entries(record.ledger).filter(([, us]) => us > 0);
  const files: string[] = [];
  for (const name of Object.values(tryFiles)) {
    const path = join(folder, record.folder, name);
    if ((await stat(path).catch(() => undefined)) !== undefined) files.push(path);
  }
  const { ttft } = record;
  const lines = [
    ...(shortTrialName(record.trialId) === record.trialId ? [] : [record.trialId]),
    `${endLine(record)}  (try ${record.try}${record.final ? ', final' : ''}${record.simulated ? ', simulated' : ''})`,
    `  ${JSON.stringify(record.outcome)}`,
    ...(record.agentMessage === undefined ? [] : [`  agent: ${record.agentMessage}`]),
    `  turns ${record.turns ?? '?'}, tool calls ${record.toolCalls ?? '?'}, output tokens ${record.usage?.output ?? '?'}`,
    ...(ttft.medianUs === undefined
      ? []
      : [`  TTFT median ${(ttft.medianUs / 1000).toFixed(0)} ms over ${ttft.n} turns`]),
    ...ledger.map(([part, us]) => `  ${part.padEnd(15)} ${(us / 1e6).toFixed(3).padStart(9)} s`),
    ...record.notes.map((note) => `  note: ${note}`),
    ...files.map((file) => `  ${file}`),
  ];
  return `${lines.join('\n')}\n`;
}
