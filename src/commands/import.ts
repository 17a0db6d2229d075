import { defineCommand } from './command.ts';
import { folderFlags, outputFlags } from './shared-flags.ts';

export const importCommand = defineCommand({
  command: 'import <path>',
  describe: "another system's results as a run, to be reported, compared and gated",
  examples: [
    ['evalrun import jobs/2026-11-20__01-02-03', 'a Harbor job folder, with its times and trajectories'],
    [
      'evalrun import gpt-5.eval_results.json --model gpt-5 --run-id pro-gpt-5',
      "SWE-bench Pro's results, which name no model",
    ],
  ],
  positionals: {
    path: {
      type: 'string',
      describe:
        'Harbor job folder or result.json, SWE-bench Pro eval_results.json, SWE-bench report, Terminal-Bench 1 run folder',
      demandOption: true,
    },
  },
  options: {
    model: { type: 'string', describe: 'name of the model, where the results do not tell it' },
    agent: { type: 'string', describe: 'name of the agent, where the results do not tell it' },
    dataset: { type: 'string', describe: 'name of the dataset, where the results do not tell it' },
    'run-id': { type: 'string', describe: 'name of the run [default: time and dataset]' },
    results: folderFlags.results,
    json: outputFlags.json,
  },
  run: async (args, context) => (await import('./import-run.ts')).importRun(args, context),
});
