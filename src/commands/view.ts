import { defineCommand } from './command.ts';
import { folderFlags, outputFlags } from './shared-flags.ts';

export const viewCommand = defineCommand({
  command: 'view [runs..]',
  describe: 'serve reports on this machine, with live progress of a running run; Ctrl+C ends it',
  examples: [
    ['evalrun view', 'every run of results/; prints the address to open'],
    ['evalrun view latest --port 8080', 'one run, on a port of your own'],
  ],
  positionals: {
    runs: {
      type: 'string',
      array: true,
      describe: 'run ids, unique prefixes, paths or latest; all by default',
    },
  },
  options: {
    port: { type: 'number', describe: '0 takes one that is free', default: 0, requiresArg: true },
    results: folderFlags.results,
    json: outputFlags.json,
  },
  run: async (args, context) => (await import('./view/view-runs.ts')).viewRuns(args, context),
});
