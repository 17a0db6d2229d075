/**
 * What a gate decided and on what, as one value: printed, written as JSON, Markdown and JUnit; nothing is computed
 * after it. A share is between 0 and 1; differences are candidate - baseline.
 */
import { z } from 'zod';
import { armSchema } from '../../domain/arm.ts';

const verdictSchema = z.enum(['pass', 'fail', 'inconclusive']);
const interval = z.object({ low: z.number(), high: z.number() });
/** A figure, or why there is none. */
const figure = z.discriminatedUnion('status', [
  z.object({ status: z.literal('estimated'), value: z.number() }),
  z.object({ status: z.literal('refused'), reason: z.string() }),
]);
export type GateFigure = z.infer<typeof figure>;

const sideSchema = z.object({
  kind: z.enum(['run', 'baseline']),
  name: z.string(),
  runId: z.string(),
  savedAt: z.string().optional(),
  hash: z.string().optional(),
  arm: armSchema,
  modelName: z.string().optional(),
  importedFrom: z.string().optional(),
});

const settingsSchema = z.object({
  /** The drop in accuracy that is tolerated. */
  margin: z.number(),
  alpha: z.number(),
  /** Candidate / baseline that is tolerated. */
  latencyMargin: z.number(),
  latencyFloorMs: z.number(),
  metric: z.enum(['ttft', 'time']),
  nights: z.number().int(),
  seed: z.number().int(),
});
export type GateSettings = z.infer<typeof settingsSchema>;

const accuracySchema = z.object({
  verdict: verdictSchema,
  /** One verdict a task and side, or means over repeats. */
  design: z.enum(['single', 'repeated']),
  tasks: z.number().int(),
  baselineRate: z.number().optional(),
  candidateRate: z.number().optional(),
  /** Tasks that both, one or none of the two resolved; only with one attempt. */
  counts: z
    .object({
      both: z.number().int(),
      baselineOnly: z.number().int(),
      candidateOnly: z.number().int(),
      neither: z.number().int(),
    })
    .optional(),
  difference: z.number().optional(),
  /** One-sided, each at alpha. */
  limits: interval.optional(),
  limitsBy: z.enum(['Tango', 't', 'Tango on signs']).optional(),
  /** One-sided p of a drop: exact McNemar, or sign flips with repeats. */
  p: z.number().optional(),
  reason: z.string(),
  /** Pairs of trials in all that would decide it with 80 % chance at the rates seen. */
  pairsToDecide: figure.optional(),
});
export type GateAccuracy = z.infer<typeof accuracySchema>;

const latencySchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('decided'),
    verdict: verdictSchema,
    reason: z.string(),
    tasks: z.number().int(),
    ratio: z.number().optional(),
    limits: interval.optional(),
    /** Of the tasks' slow-downs, in milliseconds. */
    medianSlowdownMs: z.number(),
    /** The A/A runs' own ratio. */
    controlRatio: z.number().optional(),
  }),
  z.object({ status: z.literal('refused'), reason: z.string() }),
]);
export type GateLatency = z.infer<typeof latencySchema>;

const flipsSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    runs: z.array(z.string()),
    tasks: z.number().int(),
    rate: z.number(),
    /** 95 %, Clopper-Pearson; only with one attempt. */
    interval: interval.optional(),
  }),
  z.object({ status: z.literal('not-measured'), reason: z.string() }),
]);
export type GateFlips = z.infer<typeof flipsSchema>;

const strengthSchema = z.object({
  /** The flip rate that drop and size are computed with, and where it comes from. */
  flipRate: figure,
  flipRateFrom: z.enum(['measured', 'seen', 'none']),
  /** True drop at which the whole rule fails with a chance of 80 %. */
  smallestDrop: figure,
  /** Chance that an unchanged candidate fails. */
  size: figure,
  sizeBy: z.enum(['enumerated', 'enumerated, largest over all flip rates', 'sign flips']),
  /** Chance that an unchanged candidate passes. */
  healthyPasses: figure,
  /** Chance of at least one false red in `nights` nights. */
  falseAlarm: figure,
  falseAlarmNote: z.string(),
});
export type GateStrength = z.infer<typeof strengthSchema>;

const confirmationSchema = z.object({
  /** Whether the baseline's arm was run again too; else its kept verdicts were compared with. */
  baseline: z.enum(['fresh', 'kept']),
  runs: z.array(z.string()),
  discordant: z.number().int(),
  concordant: z.number().int(),
  /** Of those, with a verdict on both sides. */
  pairs: z.number().int(),
  baselineOnly: z.number().int(),
  candidateOnly: z.number().int(),
  p: z.number(),
  confirmed: z.boolean(),
});
export type GateConfirmation = z.infer<typeof confirmationSchema>;

const scoreSchema = z.object({
  judged: z.number().int(),
  resolved: z.number().int(),
  unjudged: z.number().int(),
});

const taskSchema = z.object({
  id: z.string(),
  dataset: z.string(),
  state: z.enum(['counted', 'quarantined', 'without-verdict', 'only-in-baseline', 'only-in-candidate']),
  change: z.enum(['same', 'regressed', 'improved']).optional(),
  baseline: scoreSchema.optional(),
  candidate: scoreSchema.optional(),
  /** The candidate's median over its attempts. */
  seconds: z.number().optional(),
  /** Why an attempt of the candidate came to no verdict. */
  problem: z.string().optional(),
  quarantine: z.object({ reason: z.string(), owner: z.string(), expires: z.string() }).optional(),
});
export type GateTaskResult = z.infer<typeof taskSchema>;

export const gateResultSchema = z.object({
  schemaVersion: z.literal(1),
  verdict: verdictSchema,
  simulated: z.boolean(),
  /** Datasets with the number of tasks in the candidate. */
  title: z.string(),
  baseline: sideSchema,
  candidate: sideSchema,
  settings: settingsSchema,
  /** What differs between the two beside the time, as sentences. */
  differs: z.array(z.string()),
  warnings: z.array(z.string()),
  accuracy: accuracySchema,
  latency: z.object({ ttft: latencySchema, time: latencySchema }),
  flips: flipsSchema,
  strength: strengthSchema,
  confirmation: confirmationSchema.optional(),
  tasks: z.array(taskSchema),
});
export type GateResult = z.infer<typeof gateResultSchema>;
