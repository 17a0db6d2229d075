import { z } from 'zod';
import { transportNames } from './model.ts';

export const latencyDocumentVersion = 1;

const intervalSchema = z.object({ low: z.number(), high: z.number() });

/** A median over rounds with its interval, or why there is none; `leftOut` rounds had no such figure. */
const medianSchema = z.object({
  n: z.number().int(),
  leftOut: z.number().int(),
  median: z.number().optional(),
  interval: intervalSchema.optional(),
  /** Exact coverage of the interval. */
  coverage: z.number().optional(),
  reason: z.string().optional(),
});
export type MedianFigure = z.infer<typeof medianSchema>;

const percentileSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('value'), value: z.number(), n: z.number().int() }),
  z.object({
    status: z.literal('below-floor'),
    n: z.number().int(),
    needed: z.number().int(),
    max: z.number().optional(),
  }),
]);

const firstRequestSchema = z.object({
  connectMs: z.number().optional(),
  ttftMs: z.number().optional(),
  totalMs: z.number().optional(),
});

const armSchema = z.object({
  model: z.string(),
  transport: z.enum(transportNames),
  provider: z.string(),
  served: z.string().optional(),
  effort: z.string().optional(),
  simulated: z.boolean(),
  /** Round trips after the first request that were answered. */
  rounds: z.number().int(),
  /** Attempts that failed, retried or not. */
  failedAttempts: z.number().int(),
  /** Round trips that had to open a new connection. */
  reconnects: z.number().int(),
  /** Why it ended before its last round. */
  endedBy: z.string().optional(),
  first: firstRequestSchema.optional(),
  ttftMs: medianSchema,
  ttftPercentilesMs: z.object({ p50: percentileSchema, p90: percentileSchema, p95: percentileSchema }),
  createdMs: medianSchema,
  tpotMs: medianSchema,
  decodeTokensPerSecond: medianSchema,
  deliveredTokensPerSecond: medianSchema,
  overheadMs: medianSchema,
  /** What stands for the server's own time in the overhead. */
  overheadSource: z.enum(['server stamps', 'engine timing', 'none']),
  requestBytes: z.object({ first: z.number().int(), last: z.number().int(), total: z.number().int() }),
});
export type LatencyArm = z.infer<typeof armSchema>;

/** latency.json: round trips without a sandbox, arms taken in turn; the requests lie beside it. */
export const latencyDocumentSchema = z.object({
  schemaVersion: z.literal(latencyDocumentVersion),
  id: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  state: z.enum(['finished', 'interrupted']),
  simulated: z.boolean(),
  rounds: z.number().int(),
  seed: z.number().int(),
  arms: z.array(armSchema),
  evalrun: z.object({ version: z.string(), commit: z.string().optional() }),
  host: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    kernel: z.string(),
    node: z.string(),
  }),
});
export type LatencyDocument = z.infer<typeof latencyDocumentSchema>;
