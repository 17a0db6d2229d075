import { defineCommand } from './command.ts';
import { folderFlags, outputFlags, reportFlags } from './shared-flags.ts';

export const reportCommand = defineCommand({
  command: 'report <run>',
  describe: "a run's table and its report in files once more, from its records",
  examples: [
    ['evalrun report latest', 'table on stdout; HTML, Markdown, CSV, JSON and charts in reports/<run>/'],
    ['evalrun report results/20261122-154000-swe-pro-1a2b --reports /tmp/reports', 'a run by its folder'],
    ['evalrun report latest --formats csv', 'the table and the CSV files alone'],
  ],
  positionals: {
    run: { type: 'string', describe: 'run id, unique prefix, path or latest', demandOption: true },
  },
  options: { ...reportFlags, ...folderFlags, json: outputFlags.json },
  run: async (args, context) => {
    const [
      { join, resolve },
      { findRun },
      { readRunDocument },
      { folderName },
      { reportRun },
      { formatsOf, seedOf },
    ] = await Promise.all([
      import('node:path'),
      import('../results/find-run.ts'),
      import('../results/result-store.ts'),
      import('../reports/report-folder.ts'),
      import('./run/finish-run.ts'),
      import('./report-arguments.ts'),
    ]);
    const formats = formatsOf(args.formats);
    const seed = seedOf(args.seed);
    const runFolder = await findRun(args.run, resolve(context.cwd, args.results));
    const { runId } = await readRunDocument(runFolder);
    const folder = resolve(context.cwd, args.output ?? join(args.reports, folderName(runId)));
    const onFailure = (error: unknown): never => {
      throw error;
    };
    const { split, json } = args;
    await reportRun({ runFolder, folder, formats, seed, split, json, onFailure }, context);
    return 0;
  },
});
