import type { Agent, AgentSettings } from './agent.ts';
import { CodexAgent } from './codex/codex-agent.ts';
import { commandAgent } from './command/command-agent.ts';
import { loopAgent } from './loop/loop-agent.ts';
import { nopAgent } from './nop.ts';
import { oracleAgent, wrongAgent } from './oracle.ts';

/** Every agent that `--agent` can name. */
export function createAgents(settings: AgentSettings = {}): readonly Agent[] {
  return [loopAgent, new CodexAgent(), commandAgent(settings), oracleAgent, nopAgent];
}

/** Agents that only `evalrun validate` runs. */
export const validationAgents: readonly Agent[] = [oracleAgent, nopAgent, wrongAgent];
