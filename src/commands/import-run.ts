import { basename, join, relative, resolve } from 'node:path';
import { importResults } from '../results/import/import-results.ts';
import { writeImport } from '../results/import/write-import.ts';
import type { CommandContext } from './command.ts';
import { describeEvalrun } from './run/describe-host.ts';
import { chooseRunId } from './run/run-id.ts';

export interface ImportArguments {
  readonly path: string;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  readonly dataset?: string | undefined;
  readonly 'run-id'?: string | undefined;
  readonly results: string;
  readonly json: boolean;
}

/** `evalrun import`: reads, writes the run, says what was found. */
export async function importRun(args: ImportArguments, context: CommandContext): Promise<number> {
  const path = resolve(context.cwd, args.path);
  const { model, agent, dataset } = args;
  const imported = await importResults(path, { model, agent, dataset });
  const now = new Date();
  const runId = chooseRunId(args['run-id'], now, imported.dataset.name);
  const folder = join(resolve(context.cwd, args.results), runId);
  const { version } = await describeEvalrun(context.packageFolder);
  const run = await writeImport(imported, { folder, runId, sourcePath: path, evalrunVersion: version, now });
  const facts = {
    run: runId,
    system: imported.system,
    tasks: run.tasks.length,
    trials: imported.trials.length,
  };
  if (args.json) {
    context.stdout.write(
      `${JSON.stringify({ type: 'import', ...facts, arms: run.arms, notes: run.imported.notes })}\n`,
    );
    return 0;
  }
  const lines = [
    `imported ${facts.trials} trials of ${facts.tasks} tasks from ${basename(path)} (${imported.system})`,
    ...run.imported.notes.map((note) => `note: ${note}`),
    `results: ${relative(context.cwd, folder) || '.'}`,
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
