import { defineCommand } from './command.ts';
import { budgetFlags, folderFlags, outputFlags, sandboxFlags } from './shared-flags.ts';

export const resumeCommand = defineCommand({
  command: 'resume <run>',
  describe: 'go on with what a run has not finished',
  examples: [
    ['evalrun resume latest', 'after Ctrl+C, a crash or a power cut'],
    ['evalrun resume 20261122-1540 --jobs 2 --retry-errored', 'fewer at a time; errored trials once more'],
  ],
  positionals: {
    run: { type: 'string', describe: 'run id, unique prefix, path or latest', demandOption: true },
  },
  options: {
    jobs: { type: 'number', describe: 'trials at a time', requiresArg: true },
    'timeout-multiplier': { type: 'number', describe: 'of every time limit', requiresArg: true },
    ...budgetFlags,
    'retry-errored': {
      type: 'boolean',
      describe: 'also run trials again that ended errored',
      default: false,
    },
    'image-map': sandboxFlags['image-map'],
    'keep-containers': sandboxFlags['keep-containers'],
    ...folderFlags,
    ...outputFlags,
  },
  run: async (args, context) => (await import('./run/resume-run.ts')).resumeRun(args, context),
});
