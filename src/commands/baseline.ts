import { defineCommand } from './command.ts';
import { folderFlags, outputFlags } from './shared-flags.ts';

export const baselineCommand = defineCommand({
  command: 'baseline <action> [name]',
  describe: 'freeze a run for the gate (save), see what is frozen (list, show)',
  examples: [
    [
      'evalrun baseline save nightly-spark --run latest --model spark',
      'results/baselines/nightly-spark.json, for git',
    ],
    ['evalrun baseline list', 'every frozen baseline with its run, arm and hash'],
  ],
  positionals: {
    action: { type: 'string', choices: ['save', 'list', 'show'], demandOption: true },
    name: { type: 'string', describe: 'name of the baseline' },
  },
  options: {
    run: { type: 'string', describe: 'run to freeze', default: 'latest', requiresArg: true },
    model: { type: 'string', describe: 'model, where the run has several', requiresArg: true },
    agent: { type: 'string', describe: 'agent, where the run has several', requiresArg: true },
    force: {
      type: 'boolean',
      describe: 'replace a baseline, or freeze a run that is not finished',
      default: false,
    },
    results: folderFlags.results,
    json: outputFlags.json,
  },
  run: async (args, context) => (await import('./gate/baseline-actions.ts')).runBaselineAction(args, context),
});
