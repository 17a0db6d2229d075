import { messageOf } from '../domain/errors.ts';
import type { Usage } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type {
  InferenceSession,
  ModelAnswer,
  ModelRequest,
  RespondOptions,
  SessionOptions,
} from './client.ts';
import { ExpectedUsage } from './expected-usage.ts';
import type { Failure } from './failures.ts';
import type { Budget } from './pace/budget.ts';
import type { Pace } from './pace/pace.ts';
import { takePermit } from './permits.ts';
import { type Attempted, type RetryPolicy, retrying } from './retrying.ts';
import { toRecord } from './to-record.ts';
import { ChatReader } from './transports/chat-reader.ts';
import { ResponseReader } from './transports/response-reader.ts';
import type { ReaderOptions, StreamReader } from './transports/stream-reader.ts';
import type { Exchanged, Transport } from './transports/transport.ts';
import { estimateOutput, estimateUsage, usageSoFar } from './usage.ts';

export interface SessionParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: RetryPolicy;
  readonly pace?: Pace | undefined;
  readonly budget?: Budget | undefined;
}

/** One conversation over one transport: numbers the turns, tries again, hands out a record of each attempt. */
export class TransportSession implements InferenceSession {
  readonly #options: SessionOptions;
  readonly #parts: SessionParts;
  readonly #expected: ExpectedUsage;
  #turn = 0;

  constructor(options: SessionOptions, parts: SessionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#expected = new ExpectedUsage(options.model.maxOutputTokens);
  }

  async respond(request: ModelRequest, options: RespondOptions): Promise<ModelAnswer> {
    if (options.signal.aborted) return { status: 'aborted' };
    this.#turn += 1;
    const turn = this.#turn;
    const { retry: policy, random, clock } = this.#parts;
    try {
      return await retrying({
        policy,
        random,
        clock,
        signal: options.signal,
        onWaiting: this.#options.onWaiting,
        attempt: (attempt, backoffUs) => this.#attempt(request, options, { turn, attempt, backoffUs }),
      });
    } catch (error) {
      // The promise not to throw holds for our own mistakes and for a consumer's callbacks, too.
      return this.#failed({ kind: 'invalid-request', message: messageOf(error), retryable: false });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.transport.close();
  }

  async #attempt(
    request: ModelRequest,
    { signal, onText, onToken, steer }: RespondOptions,
    place: { readonly turn: number; readonly attempt: number; readonly backoffUs: number },
  ): Promise<Attempted<ModelAnswer>> {
    const { model, trialId, onWaiting, onExchange } = this.#options;
    const estimate = this.#expected.of(request);
    const permit = await takePermit({ ...this.#parts, model, onWaiting }, estimate, signal);
    if (permit === 'aborted') return { answer: { status: 'aborted' }, resendAtOnce: false };
    const reader = this.#reader(onText);
    reader.clock.onToken = () => {
      onExchange?.('token');
      onToken?.();
    };
    const exchange = { request, reader, signal, ...(steer === undefined ? {} : { steer }) };
    let exchanged: Exchanged | undefined;
    let usage: Usage | undefined;
    try {
      onExchange?.('sent');
      exchanged = await this.#parts.transport.exchange(exchange);
      usage = usageOf(exchanged, reader, request);
    } finally {
      // Also where the transport throws: a leave that is never given back is missing for the rest of the run.
      permit.end(exchanged && failureOf(exchanged), usage ?? usageSoFar(reader.clock.chunks, estimate.input));
      onExchange?.('ended');
    }
    if (usage?.estimated === false) this.#expected.learn(request, usage.input);
    const { paceUs } = permit;
    const record = toRecord({ trialId, model, ...place, paceUs, exchanged, reader, usage });
    this.#options.onRecord(record);
    return {
      answer: this.#answer(exchanged, reader, record),
      resendAtOnce: failureOf(exchanged)?.resend !== undefined,
    };
  }

  #reader(onText: RespondOptions['onText']): StreamReader {
    const options: ReaderOptions = {
      onText: (delta) => onText?.(delta),
      wallMs: () => this.#parts.clock.wallMs(),
    };
    return this.#options.model.transport === 'chat-sse'
      ? new ChatReader(options)
      : new ResponseReader(options);
  }

  #answer({ ending }: Exchanged, reader: StreamReader, record: RequestRecord): ModelAnswer {
    if (ending.kind === 'aborted') return { status: 'aborted', items: reader.items, record };
    if (ending.kind === 'failed') return this.#failed(ending.failure);
    const { terminal, items, refusal } = reader;
    const usage = record.usage ?? estimateUsage('', '');
    if (terminal?.kind === 'incomplete') {
      return { status: 'incomplete', reason: terminal.reason, items, usage, record };
    }
    const acts = items.some((item) => item.type === 'function-call');
    if (refusal !== '' && !acts) return { status: 'refused', message: refusal, record };
    return { status: 'completed', items, usage, record };
  }

  #failed({ resend: _, ...failure }: Failure): ModelAnswer {
    const { provider, model } = this.#options.model;
    return { status: 'failed', error: { ...failure, provider: provider.name, model } };
  }
}

function failureOf({ ending }: Exchanged): Failure | undefined {
  return ending.kind === 'failed' ? ending.failure : undefined;
}

/** What the provider counted; an answer without a count is estimated, a failure without one stays unknown. */
function usageOf(exchanged: Exchanged, reader: StreamReader, request: ModelRequest): Usage | undefined {
  if (reader.usage !== undefined || exchanged.ending.kind !== 'answered') return reader.usage;
  const input = request.input.map((item) => JSON.stringify(item)).join('');
  const output = estimateOutput(reader.items);
  return { ...estimateUsage(request.instructions + input, ''), output };
}
