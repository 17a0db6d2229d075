import type { TappedExchange } from '../cassettes/wire-tap.ts';
import { describeSocketError, type Failure, failure, failureOfStatus } from '../failures.ts';
import { headBytes } from '../http1/message-head.ts';
import type { MessageHead } from '../http1/message-parser.ts';
import type { Exchange } from '../http1/provider-connection.ts';
import type { Reply } from '../http1/reply.ts';
import { exchangeMarks } from '../transports/exchange-marks.ts';
import type { StreamReader } from '../transports/stream-reader.ts';
import { StreamWatch } from '../transports/stream-watch.ts';
import { endTapped } from '../transports/tapping.ts';
import type { ExchangeEnding, ExchangeFacts } from '../transports/transport.ts';
import type { Route } from './doors.ts';
import { EventCutter } from './event-cutter.ts';
import { headersDownstream } from './passing-headers.ts';
import { Beside, readEvents, readJson } from './read-beside.ts';
import { RepeatCutter } from './repeat-cutter.ts';
import type { TrialContext } from './trial-context.ts';
import type { Attempt } from './trial-desk.ts';

export interface HttpAttemptOptions {
  readonly context: TrialContext;
  readonly route: Route;
  readonly baseUrl: URL;
  readonly path: string;
  /** Names and values in turn; without the host. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly chained: boolean;
  readonly reconnect: string | undefined;
  /** Types of events that the agent does not get. */
  readonly cutTypes: readonly string[];
  /** The agent's side. */
  readonly reply: Reply;
  readonly signal: AbortSignal;
}

/** An answer that says no, as the provider said it. */
export interface HttpRefusal {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export type HttpAttempted = Attempt & { readonly refusal: HttpRefusal | undefined };

const longestRefusal = 1024 * 1024;

/** How long an answer's record waits, after its last event, for the server's timing and the end of the stream. */
const graceMs = 250;

/** Sends the agent's bytes to the provider, and the provider's to the agent as they come. */
export function attemptHttp(options: HttpAttemptOptions): Promise<HttpAttempted> {
  const { context, baseUrl, path, rawHeaders, body, chained, reconnect } = options;
  const { clock } = context;
  const facts: ExchangeFacts = {
    connectionReused: false,
    chained,
    requestBytes: body.length,
    t0: clock.nowUs(),
    ...(reconnect === undefined ? {} : { reconnect }),
  };
  let attempt: HttpAttempt | undefined;
  const exchange = context.pool.send(baseUrl, {
    head: headBytes(`POST ${path} HTTP/1.1`, ['host', baseUrl.host, ...rawHeaders]),
    body,
    ...exchangeMarks(facts, clock),
    onSent: () => attempt?.onSent(),
    onHead: (head) => attempt?.onHead(head),
    onBody: (chunk) => attempt?.onBody(chunk),
    onEnd: () => attempt?.onBodyEnd(),
    onError: (error) => attempt?.onError(error),
  });
  // Only now, when the request is on its way, what nobody needs before the answer.
  attempt = new HttpAttempt(options, facts, exchange);
  return attempt.done;
}

/**
 * What comes of one attempt. Each chunk is stamped, written on, and read only then. A refusal is kept
 * instead: it may be tried again.
 */
class HttpAttempt {
  readonly #options: HttpAttemptOptions;
  readonly #facts: ExchangeFacts;
  readonly #exchange: Exchange;
  readonly #reader: StreamReader;
  readonly #watch: StreamWatch;
  readonly #cutter: EventCutter;
  readonly #done = Promise.withResolvers<HttpAttempted>();
  #ending: ExchangeEnding | undefined;
  #begun = false;
  #isHeldBack = false;
  #streamed = true;
  #refusal: HttpRefusal | undefined;
  #tapped: TappedExchange | undefined;
  #isTapEnded = false;
  #beside: Beside | undefined;
  /** What becomes of the body; decided by the head before it. */
  onBody: (chunk: Buffer) => void = () => {};
  onBodyEnd: () => void = () => {};

  constructor(options: HttpAttemptOptions, facts: ExchangeFacts, exchange: Exchange) {
    const { context, route, cutTypes, signal, reply } = options;
    const { clock, connectTimeoutMs } = context;
    this.#options = options;
    this.#facts = facts;
    this.#exchange = exchange;
    this.#reader = route.door.createReader({ onText: () => {}, wallMs: () => clock.wallMs() });
    this.#reader.clock.onToken = context.desk.onToken;
    this.#cutter = new EventCutter(cutTypes);
    this.#watch = new StreamWatch({ signal, onEnd: (ending) => this.#onEnd(ending) });
    reply.onClosed(() => reply.isWhole || this.#stop());
    if (facts.connectionReused) this.onSent();
    else
      this.#watch.limit(connectTimeoutMs, () =>
        failure('connect', `no connection in ${connectTimeoutMs} ms`),
      );
    if (signal.aborted) this.#stop();
  }

  get done(): Promise<HttpAttempted> {
    return this.#done.promise;
  }

  onSent(): void {
    this.#watch.limitStall(this.#options.context.stallTimeoutMs);
    this.#tap(this.#options.body);
  }

  onHead(head: MessageHead): void {
    const { status } = head;
    const acceptedUs = this.#options.context.clock.nowUs();
    this.#facts.accepted = acceptedUs;
    this.#facts.httpStatus = status;
    this.#watch.touch();
    this.#tapped?.accepted(status, head.headers, acceptedUs);
    if (status >= 200 && status < 300) this.#pass(head);
    else this.#keepRefusal(head);
  }

  #pass({ status, statusMessage, headers, rawHeaders }: MessageHead): void {
    const { context, reply, route } = this.#options;
    const isEvents = headers['content-type']?.includes('event-stream') === true;
    const repeats = isEvents && route.door.name === 'responses' ? new RepeatCutter() : undefined;
    const write = (piece: Buffer, atUs: number): void => {
      for (const kept of repeats?.cut(piece) ?? [piece]) this.#write(kept, atUs);
    };
    this.#streamed = isEvents;
    this.#begun = true;
    reply.begin(
      status,
      statusMessage,
      headersDownstream(rawHeaders, { isCut: isEvents, scrub: context.scrub }),
    );
    const read = () =>
      isEvents ? readEvents(this.#reader, this.#watch) : readJson(route.door, this.#reader, this.#watch);
    const beside = new Beside(read, context.later, (chunk, atUs) => this.#tapped?.chunk(chunk, atUs));
    this.#beside = beside;
    const masked = context.keys.stream();
    const pass = (chunk: Buffer, atUs: number): void => {
      if (chunk.length === 0) return;
      for (const piece of isEvents ? this.#cutter.cut(chunk) : [chunk]) write(piece, atUs);
      if (reply.isFull) this.#holdBack();
      beside.push(chunk, atUs);
    };
    this.onBody = (arrived) => {
      const atUs = context.clock.nowUs(); // first of all
      this.#watch.touch();
      pass(masked.take(arrived), atUs);
    };
    this.onBodyEnd = () => {
      const atUs = context.clock.nowUs();
      pass(masked.rest(), atUs);
      write(this.#cutter.rest(), atUs);
      this.#endReply(repeats?.rest(), beside);
    };
  }

  #write(piece: Buffer, atUs: number): void {
    const { context, reply } = this.#options;
    const { onRelayed, clock } = context;
    if (onRelayed === undefined) reply.write(piece);
    else reply.write(piece, () => onRelayed(clock.nowUs() - atUs));
  }

  /** The agent reads slowly: the provider has to wait, and its silence says nothing. */
  #holdBack(): void {
    if (this.#isHeldBack) return;
    const { reply, context } = this.#options;
    this.#isHeldBack = true;
    this.#exchange.pause();
    this.#watch.suspend();
    reply.onDrain(() => {
      this.#isHeldBack = false;
      this.#watch.limitStall(context.stallTimeoutMs);
      this.#exchange.resume();
    });
  }

  #endReply(rest: Buffer | undefined, beside: Beside): void {
    const { reply, context } = this.#options;
    reply.end(rest);
    beside.end(context.clock.nowUs());
    this.#watch.fail(failure('stream-cut', 'the stream ended before the answer was complete'));
    this.#finish();
  }

  #keepRefusal({ status, headers, rawHeaders }: MessageHead): void {
    const { clock, scrub } = this.#options.context;
    const chunks: Buffer[] = [];
    let size = 0;
    this.onBody = (chunk) => {
      this.#watch.touch();
      this.#tapped?.chunk(chunk, clock.nowUs());
      if (size < longestRefusal) chunks.push(chunk);
      size += chunk.length;
    };
    this.onBodyEnd = () => {
      const body = Buffer.concat(chunks);
      const text = body.toString('utf8');
      const shown = scrub(text);
      this.#refusal = { status, rawHeaders, body: shown === text ? body : Buffer.from(shown) };
      this.#watch.fail(failureOfStatus(status, shown, headers, clock.wallMs()));
    };
  }

  onError(error: Error): void {
    this.#beside?.drain();
    this.#watch.fail(this.#failureOf(describeSocketError(error)));
    this.#stop();
  }

  #failureOf(message: string): Failure {
    if (this.#facts.accepted !== undefined) return failure('stream-cut', message);
    // The server may close a kept connection while the request is on its way: that says nothing about it.
    return failure('connect', message, this.#facts.connectionReused ? 'connection-dropped' : undefined);
  }

  /** After its last event an answer may go on for a while; anything else ends both sides at once. */
  #onEnd(ending: ExchangeEnding): void {
    this.#ending = ending;
    const isSaid = this.#reader.terminal !== undefined;
    if (this.#begun && (isSaid || isMalformed(ending))) {
      // Whoever reads over what cannot be read must not wait for an end that nobody watches for any more.
      setTimeout(() => (isSaid ? this.#finish() : this.#stop()), graceMs).unref();
    } else this.#stop();
  }

  /** Also after the last event, while the stream goes on. */
  readonly #stop = (): void => {
    this.#exchange.destroy();
    const { reply } = this.#options;
    if (this.#begun && !reply.hasEnded) reply.destroy();
    this.#watch.end({ kind: 'aborted' });
    this.#finish();
  };

  #finish(): void {
    if (this.#ending === undefined) return;
    this.#beside?.drain();
    this.#endTap(this.#ending);
    this.#done.resolve({
      exchanged: { ending: this.#ending, facts: this.#facts },
      reader: this.#reader,
      streamed: this.#streamed,
      begun: this.#begun,
      refusal: this.#refusal,
    });
  }

  #tap(body: Uint8Array): void {
    const { context, route } = this.#options;
    this.#tapped = context.tap?.begin({
      trialId: context.desk.trialId,
      metadata: context.desk.progress.step.metadata,
      transport: route.door.transport,
      path: route.path,
      body,
      sentUs: this.#facts.t0,
    });
  }

  #endTap(ending: ExchangeEnding): void {
    if (this.#isTapEnded) return;
    this.#isTapEnded = true;
    // Where there was no connection nothing was sent: recorded as an attempt to connect.
    if (this.#tapped === undefined && ending.kind === 'failed') this.#tap(new Uint8Array());
    endTapped(this.#tapped, ending, this.#options.context.clock.nowUs());
  }
}

/** Not readable for us; whoever asked may judge it by himself. */
function isMalformed(ending: ExchangeEnding): boolean {
  return ending.kind === 'failed' && ending.failure.kind === 'malformed';
}
