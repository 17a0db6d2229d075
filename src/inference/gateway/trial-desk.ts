import { messageOf } from '../../domain/errors.ts';
import type { ModelProfile, TransportName, Usage } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import type { OnWaiting } from '../client.ts';
import { type Failure, failure } from '../failures.ts';
import type { Budget } from '../pace/budget.ts';
import type { Pace } from '../pace/pace.ts';
import { takePermit } from '../permits.ts';
import { type Attempted, type RetryPolicy, retrying } from '../retrying.ts';
import { toRecord } from '../to-record.ts';
import type { StreamReader } from '../transports/stream-reader.ts';
import type { Exchanged } from '../transports/transport.ts';
import { estimateOutput, usageSoFar } from '../usage.ts';
import type { GatewayTrialOptions } from './gateway.ts';
import { isProviders, type Numbered, TrialProgress } from './trial-progress.ts';

export interface DeskOptions {
  readonly trial: GatewayTrialOptions;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly random: Random;
  readonly pace?: Pace | undefined;
  readonly budget?: Budget | undefined;
  /** Takes the providers' keys out of a text: an error may quote the one that it refuses. */
  readonly scrub: (text: string) => string;
}

/** One request of the agent, whatever number of attempts it takes. */
export interface Asked {
  readonly kind: RequestRecord['kind'];
  readonly model: ModelProfile;
  readonly transport: TransportName;
  readonly bytes: number;
  readonly maxOutput?: number | undefined;
  /** False for what costs no tokens: counting them. */
  readonly hasUsage: boolean;
}

export interface Attempt {
  readonly exchanged: Exchanged;
  readonly reader: StreamReader;
  readonly streamed: boolean;
  /** Something of the answer went to the agent: it cannot be asked for again. */
  readonly begun: boolean;
}

export type Answer =
  | { readonly status: 'completed' }
  | { readonly status: 'aborted' }
  | { readonly status: 'failed'; readonly error: Failure; readonly begun: boolean };

const likelyOutput = 2_000;

/** What every request of a trial goes through: its number, leave to send, attempts, records, limits. */
export class TrialDesk {
  readonly progress: TrialProgress;
  readonly #options: DeskOptions;
  readonly #open = new Set<Promise<Answer>>();
  #waits = 0;
  /** Why the agent has to begin its conversation anew; said by the record of the request that does. */
  #lost: string | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.progress = new TrialProgress(options.retry.maxAttempts);
  }

  get trialId(): string {
    return this.#options.trial.trialId;
  }

  /** Of any answer that is under way. */
  readonly onToken = (): void => this.#options.trial.onExchange?.('token');

  /** A connection, or what it remembered, is gone. */
  noteLost(reason: string): void {
    this.#lost ??= reason;
  }

  takeLost(): string | undefined {
    const lost = this.#lost;
    this.#lost = undefined;
    return lost;
  }

  /** Resolves when every request that is open now has ended, so that its records are out. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#open]);
  }

  /** Tries until it is answered, cannot be tried again, or is not wanted any more. */
  ask(asked: Asked, signal: AbortSignal, attempt: () => Promise<Attempt>): Promise<Answer> {
    const answer = this.#ask(asked, signal, attempt);
    this.#open.add(answer);
    const forget = () => void this.#open.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  async #ask(asked: Asked, signal: AbortSignal, attempt: () => Promise<Attempt>): Promise<Answer> {
    const numbered = this.progress.number(asked.kind);
    let attempts = 0;
    let last: Answer | undefined;
    const retried = await this.#retry<Answer>(signal, async (number, backoffUs) => {
      attempts = number;
      const place = { turn: numbered.turn, attempt: numbered.earlier + number, backoffUs };
      const attempted = await this.#attempt(asked, signal, attempt, place);
      last = attempted.answer;
      return attempted;
    });
    // A stream that was cut takes the agent's connection with it: that is no stop of the agent's.
    const wasCut = last?.status === 'failed' && last.begun;
    const answer = wasCut && last !== undefined ? last : retried;
    const failedAttempts = answer.status === 'failed' ? numbered.earlier + attempts : 0;
    if (asked.kind === 'turn') this.progress.endTurn(failedAttempts);
    this.#giveUpAfter(asked, answer);
    return answer;
  }

  /** Like `ask` for a connection: only attempts that failed leave a record. */
  async connect<T>(
    asked: Asked,
    signal: AbortSignal,
    attempt: () => Promise<{ readonly connected: T } | Attempt>,
  ): Promise<{ readonly connected: T } | Exclude<Answer, { status: 'completed' }>> {
    let connected: { readonly connected: T } | undefined;
    let numbered: Numbered | undefined;
    const answer = await this.#retry<Answer>(signal, async (number, backoffUs) => {
      const made = await attempt();
      if ('connected' in made) {
        connected = made;
        return { answer: { status: 'completed' }, resendAtOnce: false };
      }
      if (made.exchanged.ending.kind === 'aborted')
        return { answer: { status: 'aborted' }, resendAtOnce: false };
      numbered ??= this.progress.number(asked.kind);
      const failed = numbered.earlier + number;
      if (asked.kind === 'turn') this.progress.endTurn(failed);
      return this.#ended(asked, this.#scrubbed(made), {
        turn: numbered.turn,
        attempt: failed,
        backoffUs,
        paceUs: 0,
      });
    });
    this.#giveUpAfter(asked, answer);
    if (connected !== undefined) return connected;
    return answer.status === 'failed' ? answer : { status: 'aborted' };
  }

  /** A mistake of ours, not of the agent or the provider: the trial says so and ends. */
  breakOff({ profile }: { readonly profile: ModelProfile }, error: unknown): void {
    const reason = failure('server', `the gateway failed: ${messageOf(error)}`);
    this.#giveUp({ model: profile }, { ...reason, retryable: false });
  }

  #retry<T extends Answer>(
    signal: AbortSignal,
    attempt: (attempt: number, backoffUs: number) => Promise<Attempted<T>>,
  ): Promise<T | { readonly status: 'aborted' }> {
    const { retry: policy, random, clock } = this.#options;
    return retrying({ policy, random, clock, signal, attempt, onWaiting: this.#onWaiting });
  }

  async #attempt(
    asked: Asked,
    signal: AbortSignal,
    attempt: () => Promise<Attempt>,
    place: { readonly turn: number; readonly attempt: number; readonly backoffUs: number },
  ): Promise<Attempted<Answer>> {
    const { clock, pace, budget } = this.#options;
    const estimate = { input: Math.ceil(asked.bytes / 4), output: asked.maxOutput ?? likelyOutput };
    const permit = await takePermit(
      {
        model: asked.model,
        clock,
        pace,
        budget: asked.hasUsage ? budget : undefined,
        onWaiting: this.#onWaiting,
      },
      asked.hasUsage ? estimate : { ...estimate, output: 0 },
      signal,
    );
    if (permit === 'aborted') return this.#notSent(signal);
    let tried: Attempt | undefined;
    try {
      this.#options.trial.onExchange?.('sent');
      tried = await attempt();
    } finally {
      this.#options.trial.onExchange?.('ended');
      const usage = tried && (usageOf(asked, tried) ?? usageSoFar(tried.reader.clock.chunks, estimate.input));
      permit.end(tried && failureOf(tried), usage);
    }
    return this.#ended(asked, this.#scrubbed(tried), { ...place, paceUs: permit.paceUs });
  }

  #notSent(signal: AbortSignal): Attempted<Answer> {
    if (signal.aborted) return { answer: { status: 'aborted' }, resendAtOnce: false };
    this.progress.close({ kind: 'budget' });
    const error = failure('invalid-request', "the run's budget is spent");
    return { answer: { status: 'failed', error, begun: false }, resendAtOnce: false };
  }

  #ended(
    asked: Asked,
    tried: Attempt,
    place: {
      readonly turn: number;
      readonly attempt: number;
      readonly backoffUs: number;
      readonly paceUs: number;
    },
  ): Attempted<Answer> {
    const reason = failureOf(tried);
    const usage = usageOf(asked, tried);
    const record = this.#record(asked, tried, place, usage);
    const isAborted = tried.exchanged.ending.kind === 'aborted';
    if (!isAborted && this.progress.count(asked.kind, reason, usage) && reason !== undefined) {
      this.#giveUp(asked, reason);
    }
    this.#options.trial.onRecord(record);
    if (isAborted) return { answer: { status: 'aborted' }, resendAtOnce: false };
    if (reason === undefined) return { answer: { status: 'completed' }, resendAtOnce: false };
    const canRetry = !tried.begun && !this.progress.closed.aborted;
    const error = { ...reason, retryable: reason.retryable && canRetry };
    return {
      answer: { status: 'failed', error, begun: tried.begun },
      resendAtOnce: canRetry && reason.resend === 'connection-dropped',
    };
  }

  #record(
    { kind, model, transport }: Asked,
    { exchanged, reader, streamed }: Attempt,
    place: Pick<Parameters<typeof toRecord>[0], 'turn' | 'attempt' | 'backoffUs' | 'paceUs'>,
    usage: Usage | undefined,
  ): RequestRecord {
    const profile = { ...model, transport };
    const record = toRecord({ trialId: this.trialId, model: profile, ...place, exchanged, reader, usage });
    return { ...(streamed ? record : withoutTokens(record)), kind, via: 'gateway' };
  }

  #scrubbed(tried: Attempt): Attempt {
    const reason = failureOf(tried);
    if (reason === undefined) return tried;
    const ending = {
      kind: 'failed' as const,
      failure: { ...reason, message: this.#options.scrub(reason.message) },
    };
    return { ...tried, exchanged: { ...tried.exchanged, ending } };
  }

  /** The retries of one request are spent, or it is no use to try: the agent cannot go on. */
  #giveUpAfter(asked: Asked, answer: Answer): void {
    if (answer.status !== 'failed' || answer.begun || asked.kind === 'side') return;
    if (isProviders(answer.error)) this.#giveUp(asked, answer.error);
  }

  #giveUp({ model }: Pick<Asked, 'model'>, { resend: _, ...reason }: Failure): void {
    const error = { ...reason, provider: model.provider.name, model: model.model };
    this.progress.close({ kind: 'provider', error });
  }

  /** Several requests may wait at a time: the first begins the trial's wait and the last ends it. */
  readonly #onWaiting: OnWaiting = (waiting, atLeastMs) => {
    this.#waits += waiting ? 1 : -1;
    if (this.#waits === (waiting ? 1 : 0)) return this.#options.trial.onWaiting?.(waiting, atLeastMs);
  };
}

function failureOf({ exchanged: { ending } }: Attempt): Failure | undefined {
  return ending.kind === 'failed' ? ending.failure : undefined;
}

/** What the provider counted; an answer without a count is estimated, a failure without one stays unknown. */
function usageOf({ hasUsage, bytes }: Asked, { exchanged, reader }: Attempt): Usage | undefined {
  if (reader.usage !== undefined || exchanged.ending.kind !== 'answered' || !hasUsage) return reader.usage;
  const output = estimateOutput(reader.items);
  return { input: Math.ceil(bytes / 4), output, cachedInput: 0, reasoning: 0, estimated: true };
}

/** No token was seen to arrive where the answer came as one piece. */
function withoutTokens(record: RequestRecord): RequestRecord {
  const { t0, connectStart, connectEnd, accepted, completed } = record.marks;
  const marks = Object.entries({ connectStart, connectEnd, accepted, completed });
  const seen = Object.fromEntries(marks.filter(([, mark]) => mark !== undefined));
  const { visibleBytes: _, ...rest } = record;
  return { ...rest, streamed: false, chunks: 0, marks: { t0, ...seen } };
}
