import { defineCommand } from './command.ts';
import { budgetFlags, folderFlags, outputFlags } from './shared-flags.ts';

export const gateCommand = defineCommand({
  command: 'gate',
  describe: 'pass, fail or inconclusive: is a run worse than a baseline by more than a margin?',
  examples: [
    [
      'evalrun gate --baseline nightly-spark --candidate latest --model spark',
      'a frozen baseline against tonight',
    ],
    [
      'evalrun gate --baseline RUN --candidate latest --strict --junit gate.xml --step-summary',
      'in CI; exit 3 failed, 4 inconclusive',
    ],
    ['evalrun gate --baseline RUN --candidate RUN --aa RUN RUN', 'with the flip rate of two alike runs'],
  ],
  options: {
    baseline: {
      type: 'string',
      describe: 'saved baseline by name or file, or a run',
      demandOption: true,
      requiresArg: true,
    },
    candidate: { type: 'string', describe: 'run to be judged', demandOption: true, requiresArg: true },
    model: {
      type: 'string',
      describe: "the candidate's model, where the run has several",
      requiresArg: true,
    },
    'baseline-model': {
      type: 'string',
      describe: "the baseline's model, where it has several [default: the candidate's]",
      requiresArg: true,
    },
    agent: { type: 'string', describe: 'agent, where a run has several', requiresArg: true },
    margin: {
      type: 'number',
      describe: 'drop in accuracy that is tolerated, as a share',
      default: 0.05,
      requiresArg: true,
    },
    alpha: {
      type: 'number',
      describe: 'chance of a false alarm that is allowed a night',
      default: 0.005,
      requiresArg: true,
    },
    metric: {
      choices: ['ttft', 'time'],
      describe: 'latency that is gated',
      default: 'ttft',
      requiresArg: true,
    },
    'latency-margin': {
      type: 'number',
      describe: 'candidate / baseline that is tolerated',
      default: 1.15,
      requiresArg: true,
    },
    'latency-floor-ms': {
      type: 'number',
      describe: 'slow-down whose median is smaller does not count',
      default: 50,
      requiresArg: true,
    },
    quarantine: { type: 'string', describe: 'YAML file of tasks that do not count', requiresArg: true },
    aa: {
      type: 'string',
      nargs: 2,
      // The parser takes two for a flag of nargs 2 and refuses them for one that is an array, too.
      coerce: (runs: string | string[]) => [runs].flat(),
      describe: 'two runs that differ in nothing but the seed: --aa RUN RUN',
    },
    confirm: {
      type: 'boolean',
      describe: 'before red: run the tasks that differ, and as many that do not, once more',
      default: false,
    },
    nights: { type: 'number', describe: 'for the chance of a false alarm', default: 30, requiresArg: true },
    seed: {
      type: 'number',
      describe: 'of resampling and of the confirmation',
      default: 0,
      requiresArg: true,
    },
    junit: { type: 'string', describe: 'file to write JUnit XML to', requiresArg: true },
    'step-summary': { type: 'boolean', describe: 'append Markdown to $GITHUB_STEP_SUMMARY', default: false },
    strict: { type: 'boolean', describe: 'exit 4 when inconclusive', default: false },
    'budget-usd': {
      ...budgetFlags['budget-usd'],
      describe: 'US dollars that each run of a confirmation may cost',
    },
    'budget-tokens': {
      ...budgetFlags['budget-tokens'],
      describe: 'tokens that each run of a confirmation may take',
    },
    ...folderFlags,
    json: outputFlags.json,
    quiet: outputFlags.quiet,
  },
  run: async (args, context) => (await import('./gate/run-gate.ts')).runGate(args, context),
});
