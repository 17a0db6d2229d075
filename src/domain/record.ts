import { z } from 'zod';
import { armSchema } from './arm.ts';
import { interventionRecordSchema } from './intervention.ts';
import { outcomeSchema } from './outcome.ts';

export const trialRecordSchemaVersion = 1;

const microseconds = z.number().int();

const usageSchema = z.object({
  input: z.number().int(),
  cachedInput: z.number().int(),
  output: z.number().int(),
  reasoning: z.number().int(),
  estimated: z.boolean(),
});

/** What an agent's edits look like beside the reference patch. Reported; gates nothing. */
const workingStyleSchema = z.object({
  filesChanged: z.number().int(),
  linesAdded: z.number().int(),
  linesRemoved: z.number().int(),
  /** Files that the reference patch does not touch; absent without a reference patch. */
  filesOutsideReference: z.number().int().optional(),
  /** Changed lines more than the reference changes; negative when fewer. */
  linesBeyondReference: z.number().int().optional(),
  toolCalls: z.number().int(),
  testCommands: z.number().int(),
  /** Whether the instruction asks for tests; where it does not, testCommands were run unasked. */
  testsAskedFor: z.boolean(),
  toolCallsBeforeFirstEdit: z.number().int().optional(),
  microsecondsBeforeFirstEdit: microseconds.optional(),
});
export type WorkingStyle = z.infer<typeof workingStyleSchema>;

/** More attempts than these are counted only. */
export const maxNetworkAttempts = 200;

/** What the agent's container could reach, and what was tried through the forward proxy. */
const networkSchema = z.object({
  policy: z.enum(['none', 'public', 'gateway', 'allowlist']),
  attempts: z
    .array(
      z.object({
        /** Milliseconds since the epoch. */
        atMs: z.number(),
        host: z.string(),
        port: z.number().int(),
        allowed: z.boolean(),
        /** Why it was refused or failed. */
        reason: z.string().optional(),
      }),
    )
    .max(maxNetworkAttempts),
  /** Attempts that came after those. */
  attemptsLeftOut: z.number().int(),
});
export type NetworkUse = z.infer<typeof networkSchema>;

/** One ended try of a trial: a line of trials.jsonl. Times in microseconds of the monotonic clock. */
export const trialRecordSchema = z.object({
  schemaVersion: z.literal(trialRecordSchemaVersion),
  runId: z.string(),
  trialId: z.string(),
  taskId: z.string(),
  taskHash: z.string(),
  dataset: z.string(),
  difficulty: z.string().optional(),
  category: z.string().optional(),
  language: z.string().optional(),
  /** Repository or family: tasks of one group are not independent of each other. */
  group: z.string().optional(),
  arm: armSchema,
  attempt: z.number().int().positive(),
  /** 1-based; above 1 it is a retry after an errored outcome. */
  try: z.number().int().positive(),
  /** True on a trial's last line: judged, or errored with no retry left. */
  final: z.boolean(),
  simulated: z.boolean(),
  /** This and the times are absent where an imported trial does not tell them. */
  seed: z.number().int().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  outcome: outcomeSchema,
  /** Per step of a multi-step task. */
  steps: z
    .array(
      z.object({
        name: z.string(),
        ending: z.string().optional(),
        rewards: z.record(z.string(), z.number()).optional(),
        skipped: z.boolean(),
      }),
    )
    .optional(),
  /** Time before the slot; stands in front of the ledger. */
  queueUs: microseconds.optional(),
  /** From the slot to the end of teardown; equals the sum of the ledger. */
  wallUs: microseconds.optional(),
  ledger: z.record(z.string(), microseconds),
  /** Agent start to agent stop; working time leaves out back-off. */
  agentWallUs: microseconds.optional(),
  agentWorkingUs: microseconds.optional(),
  agentMessage: z.string().optional(),
  turns: z.number().int().optional(),
  toolCalls: z.number().int().optional(),
  requests: z.object({ completed: z.number().int(), failed: z.number().int() }).optional(),
  usage: usageSchema.optional(),
  costUsd: z.number().optional(),
  /** Time to first token of the trial's first request, and the median over its turns. */
  ttft: z.object({
    firstUs: microseconds.optional(),
    medianUs: microseconds.optional(),
    n: z.number().int(),
  }),
  style: workingStyleSchema.optional(),
  /** Where the suite lets the user step in, for agents that can be steered. */
  intervention: interventionRecordSchema.optional(),
  image: z
    .object({
      name: z.string(),
      digest: z.string(),
      standIns: z.array(z.object({ from: z.string(), to: z.string() })),
    })
    .optional(),
  /** Proof that the agent's tree held the base commit only. */
  scrub: z
    .object({
      commits: z.number().int(),
      refs: z.number().int(),
      unreachableObjects: z.number().int(),
      hiddenCommitsFound: z.array(z.string()),
    })
    .optional(),
  network: networkSchema.optional(),
  notes: z.array(z.string()),
  /** Folder of the try, relative to the run's. */
  folder: z.string(),
});
export type TrialRecord = z.infer<typeof trialRecordSchema>;
