import { defineCommand } from './command.ts';
import { folderFlags, outputFlags, reportFlags } from './shared-flags.ts';

export const compareCommand = defineCommand({
  command: 'compare <runs..>',
  describe: 'arms of one or several runs, task by task: accuracy, speed and cost, with what chance allows',
  examples: [
    ['evalrun compare latest', 'the arms of the last run'],
    ['evalrun compare nightly-1 nightly-2 --model spark', 'one model in two runs'],
    ['evalrun compare pro-gpt-5 pro-claude --formats markdown', 'two imported runs, for a pull request'],
  ],
  positionals: {
    runs: {
      type: 'string',
      array: true,
      describe: 'run ids, unique prefixes, paths or latest',
      demandOption: true,
    },
  },
  options: {
    model: {
      type: 'string',
      array: true,
      describe: 'only these models, several with commas',
      requiresArg: true,
    },
    agent: {
      type: 'string',
      array: true,
      describe: 'only these agents, several with commas',
      requiresArg: true,
    },
    ...reportFlags,
    ...folderFlags,
    json: outputFlags.json,
  },
  run: async (args, context) => (await import('./compare-runs.ts')).compareRuns(args, context),
});
