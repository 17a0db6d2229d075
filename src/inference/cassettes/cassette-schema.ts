import { z } from 'zod';
import { transportNames } from '../../domain/model.ts';

export const cassetteSchemaVersion = 1;

const sourced = z.object({ value: z.number(), source: z.string() });

/** Enough of a model's profile to ask for it again as it was asked for, without models.yaml and without its key. */
const recordedModelSchema = z.object({
  alias: z.string(),
  provider: z.object({
    name: z.string(),
    kind: z.enum(['openai', 'simulated']),
    baseUrl: z.string().optional(),
    retry: z
      .object({
        maxAttempts: z.number().optional(),
        firstWaitSec: z.number().optional(),
        longestWaitSec: z.number().optional(),
      })
      .optional(),
  }),
  model: z.string(),
  transport: z.enum(transportNames),
  effort: z.string().optional(),
  style: z.enum(['light', 'thorough']),
  contextTokens: z.number(),
  maxOutputTokens: z.number().optional(),
  stallTimeoutSec: z.number().optional(),
  canSteer: z.boolean().optional(),
  prices: z
    .object({
      inputPerMillion: z.number(),
      cachedInputPerMillion: z.number(),
      outputPerMillion: z.number(),
      source: z.string(),
    })
    .optional(),
  /** The simulator's figures, where it answered. */
  simulation: z
    .object({
      ttftMedianMs: sourced,
      ttftSigma: sourced,
      tokensPerSecond: sourced,
      roundTripOverheadMs: sourced,
      successRate: z.record(z.string(), sourced),
    })
    .optional(),
});
export type RecordedModel = z.infer<typeof recordedModelSchema>;

/** cassette.json: what was recorded. */
export const cassetteSchema = z.object({
  schemaVersion: z.literal(cassetteSchemaVersion),
  runId: z.string(),
  recordedAt: z.string(),
  evalrun: z.object({ version: z.string(), commit: z.string().optional() }),
  models: z.array(recordedModelSchema),
});
export type CassetteManifest = z.infer<typeof cassetteSchema>;

/** A line of tries.jsonl: one recorded try that came to its end. */
export const recordedTrySchema = z.object({
  schemaVersion: z.literal(cassetteSchemaVersion),
  trialId: z.string(),
  try: z.number().int().positive(),
  /** The trial's last try: judged, or errored with no retry left. */
  final: z.boolean(),
  /** How the try ended: judged, errored, cancelled. */
  status: z.string(),
  /** What failed, where it errored. */
  code: z.string().optional(),
  /** Relative to the cassette's folder. */
  file: z.string(),
  exchanges: z.number().int(),
});
export type RecordedTry = z.infer<typeof recordedTrySchema>;

const microseconds = z.number().int();
const exchange = z.number().int().positive();
const bytes = { text: z.string().optional(), base64: z.string().optional() };

/**
 * A line of a try's file. An exchange is one request and what came for it; its lines are told apart by its
 * number, since several may be under way. Times are microseconds since the request was handed to the socket.
 */
export const cassetteLineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('request'),
    schemaVersion: z.literal(cassetteSchemaVersion),
    exchange,
    trialId: z.string(),
    metadata: z.record(z.string(), z.string()),
    transport: z.enum(transportNames),
    path: z.string(),
    /** Parsed where it is JSON. Neither: nothing was sent, a connection was only tried for. */
    json: z.unknown().optional(),
    ...bytes,
    /** On the recording machine's monotonic clock: tells which exchanges were under way together. */
    sentUs: microseconds,
  }),
  z.object({
    kind: z.literal('accepted'),
    exchange,
    status: z.number().int(),
    headers: z.record(z.string(), z.string()),
    atUs: microseconds,
  }),
  /** A read of the response's body, or one WebSocket message. Base64 where the bytes are no UTF-8 text of their own. */
  z.object({ kind: z.literal('chunk'), exchange, atUs: microseconds, ...bytes }),
  z.object({
    kind: z.literal('end'),
    exchange,
    how: z.enum(['complete', 'dropped', 'aborted']),
    atUs: microseconds,
  }),
]);
export type CassetteLine = z.infer<typeof cassetteLineSchema>;
