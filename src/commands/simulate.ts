import { defineCommand } from './command.ts';
import { outputFlags, runFlags, sandboxFlags } from './shared-flags.ts';

export const faultFlag = {
  type: 'string',
  array: true,
  describe: 'KIND[:NAME=VALUE,…][@SELECTOR=VALUE,…]: what goes wrong and when; see docs/simulator.md',
  requiresArg: true,
} as const;

export const simulateCommand = defineCommand({
  command: 'simulate',
  describe: 'run the simulator alone, for people who test their own clients; Ctrl+C ends it',
  examples: [
    ['evalrun simulate --port 8080 --model spark', 'any prompt gets a short answer at the pace of the model'],
    [
      'evalrun simulate --suite swe-pro --fault 429:retry-after=2@request=3 --fault cut:after=8@every=10',
      'plays bundled tasks; the third request is refused, every tenth answer is cut',
    ],
  ],
  options: {
    port: { type: 'number', describe: '0 takes one that is free', default: 0, requiresArg: true },
    host: { type: 'string', describe: 'address to listen on', default: '127.0.0.1', requiresArg: true },
    model: { ...runFlags.model, describe: 'model alias, several with commas; all by default' },
    suite: { ...runFlags.suite, describe: 'suite whose tasks it plays' },
    dataset: { ...runFlags.dataset, describe: 'NAME, FORMAT:PATH or a folder whose tasks it plays' },
    'allow-host-env': sandboxFlags['allow-host-env'],
    seed: { ...runFlags.seed, default: 0 },
    'time-scale': {
      type: 'number',
      describe: 'multiplies every wait; 1 is the pace of the model',
      default: 1,
      requiresArg: true,
    },
    fault: faultFlag,
    json: outputFlags.json,
  },
  run: async (args, context) => (await import('./simulate-models.ts')).simulateModels(args, context),
});
