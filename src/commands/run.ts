import { defineCommand } from './command.ts';
import { folderFlags, outputFlags, runFlags, sandboxFlags, taskFlags } from './shared-flags.ts';
import { faultFlag } from './simulate.ts';

export const runCommand = defineCommand({
  command: ['$0', 'run'],
  describe: 'run a suite: an agent on each task, hidden tests decide, times are recorded',
  examples: [
    ['evalrun --suite swe-pro --model spark', 'the bundled repository tasks with the fast model'],
    ['evalrun --suite terminal-bench --model spark,deep --attempts 2 --jobs 4', 'two arms, twice each'],
  ],
  options: { ...runFlags, fault: faultFlag, ...taskFlags, ...sandboxFlags, ...folderFlags, ...outputFlags },
  run: async (args, context) => (await import('./run/run-suite.ts')).runSuite(args, context),
});
