import { z } from 'zod';
import { transportNames } from './model.ts';

export const requestRecordSchemaVersion = 1;

/**
 * One model request as it was seen on the wire: a line of requests.jsonl. All marks are microseconds on
 * the host's monotonic clock (CLOCK_MONOTONIC), absent where the event did not come.
 * Definitions: docs/inference.md.
 */
export const requestRecordSchema = z.object({
  schemaVersion: z.literal(requestRecordSchemaVersion),
  trialId: z.string(),
  /** 1-based within the trial; retries of one request share it. */
  turn: z.number().int(),
  /** 1-based; a second is a retry after a failure. */
  attempt: z.number().int(),
  kind: z.enum(['turn', 'prewarm', 'compaction', 'side']),
  provider: z.string(),
  model: z.string(),
  /** As the answer named it. */
  servedModel: z.string().optional(),
  effort: z.string().optional(),
  transport: z.enum(transportNames),
  /** Who held the clock: evalrun's own client, or the gateway for an agent in the sandbox. Absent: client. */
  via: z.enum(['client', 'gateway']).optional(),
  /** False where the answer was not streamed, so that no first token could be seen. Absent: streamed. */
  streamed: z.boolean().optional(),
  connectionReused: z.boolean(),
  /** Whether only new items were sent after a previous response. */
  chained: z.boolean(),
  /** Why the full input was sent again on a new connection, where that happened. */
  reconnect: z.string().optional(),
  /** By `response.steer`: this answer was ended, or begun without a request of its own. */
  steer: z.enum(['ended-by', 'successor']).optional(),
  simulated: z.boolean(),
  status: z.enum(['completed', 'incomplete', 'failed', 'aborted']),
  /** Of the HTTP answer; over a WebSocket that of a refused upgrade, or the one that an error names. */
  httpStatus: z.number().int().optional(),
  error: z
    .object({
      kind: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      retryAfterMs: z.number().optional(),
    })
    .optional(),
  /** Wait before this attempt after a failure, in microseconds. */
  backoffUs: z.number().int(),
  /** Wait for the provider's limits (requests and tokens a minute, adaptive concurrency) before this attempt. */
  paceUs: z.number().int().optional(),
  marks: z.object({
    /** Start of connecting, only where a connection was made for this request. */
    connectStart: z.number().int().optional(),
    connectEnd: z.number().int().optional(),
    /** The request was handed to the socket. */
    t0: z.number().int(),
    /** HTTP headers (SSE) or the first event (WebSocket) came. */
    accepted: z.number().int().optional(),
    created: z.number().int().optional(),
    firstReasoning: z.number().int().optional(),
    /** First visible text or tool argument. */
    firstAction: z.number().int().optional(),
    firstText: z.number().int().optional(),
    firstToolArg: z.number().int().optional(),
    lastToken: z.number().int().optional(),
    completed: z.number().int().optional(),
  }),
  /** Number of token-bearing chunks; a chunk is not a token. */
  chunks: z.number().int(),
  /** Bytes of the tokens in them: text, tool arguments, reasoning itself where it was streamed. */
  visibleBytes: z.number().int().optional(),
  /** True where reasoning itself was streamed (a summary is not it), so that its tokens' arrival was visible. */
  reasoningStreamed: z.boolean().optional(),
  usage: z
    .object({
      input: z.number().int(),
      cachedInput: z.number().int(),
      output: z.number().int(),
      reasoning: z.number().int(),
      estimated: z.boolean(),
    })
    .optional(),
  responseId: z.string().optional(),
  /** What the model said in refusing; absent: it did not refuse. */
  refusal: z.string().optional(),
  requestBytes: z.number().int(),
  /** The simulator's own send stamps on the same clock, where it answered. */
  serverStamps: z
    .object({
      received: z.number().int(),
      firstToken: z.number().int().optional(),
      lastToken: z.number().int().optional(),
      completed: z.number().int().optional(),
      /** Of the same trial's answer before this one, where it was stopped and could not send its own. */
      stoppedBefore: z
        .object({
          received: z.number().int(),
          firstToken: z.number().int().optional(),
          lastToken: z.number().int().optional(),
        })
        .optional(),
    })
    .optional(),
  /** The server's own timing event, raw, where it sent one. */
  serverTiming: z.unknown().optional(),
});
export type RequestRecord = z.infer<typeof requestRecordSchema>;

/** First of reasoning, text or tool argument; undefined where no token came. */
export function firstTokenMark(marks: RequestRecord['marks']): number | undefined {
  const seen = [marks.firstReasoning, marks.firstAction].filter((mark) => mark !== undefined);
  return seen.length === 0 ? undefined : Math.min(...seen);
}

/** Time to first token in microseconds, the headline figure; undefined where no token came. */
export function ttftUs(record: RequestRecord): number | undefined {
  const first = firstTokenMark(record.marks);
  return first === undefined ? undefined : first - record.marks.t0;
}
