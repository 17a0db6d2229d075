import { createHash } from 'node:crypto';
import { EvalrunError } from '../../domain/errors.ts';
import type { Agent, AgentContext, AgentSettings } from '../agent.ts';
import { fromNowOn, requireGateway } from '../gateway-ending.ts';
import { instructionPath, runCommandLine } from './run-command-line.ts';

/**
 * Any program that reads the instruction and its model's address from its environment. Without a command
 * line it can be named, and refuses to work.
 */
export function commandAgent(settings: AgentSettings): Agent {
  const { command: commandLine, mounts = [] } = settings;
  return {
    name: 'command',
    version: commandLine === undefined ? '-' : hashOf(commandLine),
    needsModel: true,
    readsSolution: false,
    asksVia: 'gateway',
    settings,
    refuses: () =>
      commandLine === undefined ? 'it runs what --agent-command says, which was not given' : undefined,
    prepare: async () => ({ mounts }),
    setUp: writeInstruction,
    run: async (context) => {
      if (commandLine === undefined) {
        throw new EvalrunError('agent command has no command line', { code: 'internal' });
      }
      return runCommandLine(commandLine, fromNowOn(context));
    },
  };
}

/** Two command lines are two agents, and no run of one is resumed with the other. */
function hashOf(commandLine: string): string {
  return createHash('sha256').update(commandLine).digest('hex').slice(0, 12);
}

async function writeInstruction(context: AgentContext): Promise<void> {
  const { gateway } = requireGateway(context, 'command');
  const path = instructionPath(context.step, gateway);
  await context.sandbox.writeFiles([{ path, content: context.step.instruction }]);
}
