import type { AgentContext } from './agent.ts';

/** Where the agent works. */
export function workdirOf({ task, sandbox }: Pick<AgentContext, 'task' | 'sandbox'>): string {
  return task.repository?.path ?? sandbox.workdir;
}
