/**
 * One side of a gate: what one arm of a run, or a frozen baseline, says of each task. Small enough to be kept in git,
 * and all that a verdict is made from.
 */
import { z } from 'zod';
import { armSchema } from '../../domain/arm.ts';

const attemptSchema = z.strictObject({
  status: z.enum(['resolved', 'unresolved', 'errored', 'cancelled']),
  /** The agent's working time. */
  seconds: z.number().optional(),
  /** Median over its turns. */
  ttftMs: z.number().optional(),
  /** Why it came to no verdict; not kept in a baseline. */
  problem: z.string().optional(),
});
export type GateAttempt = z.infer<typeof attemptSchema>;

const taskSchema = z.strictObject({
  id: z.string(),
  dataset: z.string(),
  hash: z.string(),
  attempts: z.array(attemptSchema),
});
export type GateTask = z.infer<typeof taskSchema>;

export const gateSideSchema = z.strictObject({
  runId: z.string(),
  startedAt: z.string().optional(),
  state: z.string(),
  simulated: z.boolean(),
  /** The system that measured it, where evalrun did not. */
  importedFrom: z.string().optional(),
  /** Why its times cannot be compared. */
  latencyNotMeasured: z.string().optional(),
  suite: z.strictObject({ name: z.string(), hash: z.string() }),
  datasets: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string().optional(),
      version: z.string().optional(),
      hash: z.string(),
    }),
  ),
  arm: armSchema,
  model: z
    .strictObject({
      provider: z.string(),
      model: z.string(),
      transport: z.string().optional(),
      effort: z.string().optional(),
    })
    .optional(),
  agent: z.strictObject({ version: z.string(), command: z.string().optional() }),
  evalrun: z.strictObject({ version: z.string(), commit: z.string().optional() }),
  host: z.strictObject({ cpu: z.string(), cores: z.number() }).optional(),
  /** Planned for each task. */
  attempts: z.number().int().positive(),
  tasks: z.array(taskSchema),
});
export type GateSide = z.infer<typeof gateSideSchema>;

/** A side with where it came from. */
export interface NamedSide {
  readonly kind: 'run' | 'baseline';
  readonly name: string;
  readonly savedAt?: string;
  readonly hash?: string;
  readonly side: GateSide;
}

export interface Score {
  readonly judged: number;
  readonly resolved: number;
  /** Attempts that came to no verdict. */
  readonly unjudged: number;
}

export function scoreOf({ attempts }: GateTask): Score {
  const resolved = attempts.filter(({ status }) => status === 'resolved').length;
  const judged = resolved + attempts.filter(({ status }) => status === 'unresolved').length;
  return { judged, resolved, unjudged: attempts.length - judged };
}

/** Planned trials that no record tells of. */
export function missingIn({ attempts, tasks }: GateSide): number {
  return tasks.reduce((missing, task) => missing + Math.max(0, attempts - task.attempts.length), 0);
}

export function transportOf({ arm, model }: GateSide): string | undefined {
  return arm.transport ?? model?.transport;
}
