import { defineCommand } from './command.ts';
import { folderFlags, outputFlags } from './shared-flags.ts';

export const exportCommand = defineCommand({
  command: 'export <run>',
  describe: "a run in another system's format: predictions, or a Harbor job folder",
  examples: [
    ['evalrun export latest --format swe-bench-pro', "patches for SWE-bench Pro's own evaluation"],
    ['evalrun export latest --format harbor --output jobs/mine', 'a job folder with trajectories'],
  ],
  positionals: {
    run: { type: 'string', describe: 'run id, unique prefix, path or latest', demandOption: true },
  },
  options: {
    format: {
      type: 'string',
      choices: ['swe-bench-pro', 'swe-bench', 'harbor'],
      describe: 'format to write',
      demandOption: true,
    },
    output: { type: 'string', describe: 'folder to write to [default: <reports>/<run>/<format>]' },
    ...folderFlags,
    json: outputFlags.json,
  },
  run: async (args, context) => {
    const [{ join, relative, resolve }, { findRun }, { readAnyRun }, { exportRun }] = await Promise.all([
      import('node:path'),
      import('../results/find-run.ts'),
      import('../results/result-store.ts'),
      import('../results/export/export-run.ts'),
    ]);
    const stored = await readAnyRun(await findRun(args.run, resolve(context.cwd, args.results)));
    const folder = resolve(context.cwd, args.output ?? join(args.reports, stored.run.runId, args.format));
    const paths = await exportRun(stored, args.format as 'harbor', folder);
    const shown = paths.map((path) => relative(context.cwd, path) || '.');
    context.stdout.write(
      args.json ? `${JSON.stringify({ type: 'export', files: shown })}\n` : `${shown.join('\n')}\n`,
    );
    return 0;
  },
});
