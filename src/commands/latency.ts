import { defineCommand } from './command.ts';
import { folderFlags, outputFlags, runFlags } from './shared-flags.ts';

export const latencyCommand = defineCommand({
  command: 'latency',
  describe: 'measure round trips to models without a sandbox: TTFT, TPOT, rates, overhead per transport',
  examples: [
    ['evalrun latency --model spark,deep', 'both models over WebSocket and SSE, taken in turn'],
    ['evalrun latency --model spark --transport websocket --rounds 130', 'enough rounds for a p95'],
  ],
  options: {
    model: { ...runFlags.model, demandOption: true },
    transport: {
      type: 'string',
      array: true,
      describe: "websocket, sse, chat; several with commas (default: both of the model's API)",
      requiresArg: true,
    },
    rounds: {
      type: 'number',
      describe: 'round trips of each arm after its first request',
      default: 20,
      requiresArg: true,
    },
    provider: runFlags.provider,
    effort: runFlags.effort,
    seed: runFlags.seed,
    'run-id': runFlags['run-id'],
    results: folderFlags.results,
    json: outputFlags.json,
    quiet: outputFlags.quiet,
  },
  run: async (args, context) => (await import('./latency/run-latency.ts')).runLatency(args, context),
});
