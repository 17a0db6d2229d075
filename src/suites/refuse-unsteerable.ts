import { EvalrunError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';

export interface SteeredAgent {
  readonly name: string;
  readonly needsModel: boolean;
  readonly steerable?: boolean;
}

/** An agent that cannot hear the user would be graded against an order that it never got. */
export function refuseUnsteerable(
  tasks: readonly Task[],
  agents: readonly SteeredAgent[],
  suiteName: string,
): void {
  const task = tasks.find(({ intervention }) => intervention !== undefined);
  // The oracle and the one that does nothing hear no order; they show what the changed tests are worth.
  const deaf = agents.find(({ needsModel, steerable }) => needsModel && steerable !== true);
  if (task === undefined || deaf === undefined) return;
  const able = 'use an agent that can, for instance --agent loop';
  throw new EvalrunError(
    `agent "${deaf.name}" cannot be interrupted or redirected, which suite "${suiteName}" does ` +
      `(task ${task.id}); ${able}`,
    { code: 'usage', facts: { agent: deaf.name, suite: suiteName, task: task.id } },
  );
}
