import { z } from 'zod';
import { transportNames } from './model.ts';

/** What is compared with what: an agent with a model, an effort and a transport. */
export const armSchema = z.object({
  agent: z.string(),
  /** Model alias; absent for agents that need none. */
  model: z.string().optional(),
  effort: z.string().optional(),
  transport: z.enum(transportNames).optional(),
});
export type Arm = z.infer<typeof armSchema>;

/** One name for an arm in tables and file names, e.g. `loop-spark` or `oracle`. */
export function armName(arm: Arm): string {
  return [arm.agent, arm.model].filter((part) => part !== undefined).join('-');
}

/** Two arms of one run are the same when this is. */
export function armKey(arm: Arm): string {
  return JSON.stringify([arm.agent, arm.model ?? null, arm.effort ?? null, arm.transport ?? null]);
}
