import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { TappedExchange } from '../cassettes/wire-tap.ts';
import { describeSocketError, type Failure, failure, failureOfStatus } from '../failures.ts';
import { sendWhenConnected } from '../transports/send-when-connected.ts';
import type { StreamReader } from '../transports/stream-reader.ts';
import { StreamWatch } from '../transports/stream-watch.ts';
import { endTapped, plainHeaders } from '../transports/tapping.ts';
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
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly chained: boolean;
  readonly reconnect: string | undefined;
  /** Types of events that the agent does not get. */
  readonly cutTypes: readonly string[];
  /** The agent's side. */
  readonly response: ServerResponse;
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

/**
 * One attempt: sends the agent's bytes to the provider, and the provider's to the agent as they come. Each
 * chunk is stamped, written on, and read only then. A refusal is kept instead: it may be tried again.
 */
export class HttpAttempt {
  readonly #options: HttpAttemptOptions;
  readonly #reader: StreamReader;
  readonly #watch: StreamWatch;
  readonly #request: ClientRequest;
  readonly #facts: ExchangeFacts;
  readonly #done = Promise.withResolvers<HttpAttempted>();
  #ending: ExchangeEnding | undefined;
  #begun = false;
  #streamed = true;
  #refusal: HttpRefusal | undefined;
  #tapped: TappedExchange | undefined;
  #isTapEnded = false;
  #beside: Beside | undefined;

  constructor(options: HttpAttemptOptions) {
    const { context, route, baseUrl, path, headers, body, chained, reconnect, signal } = options;
    const { clock } = context;
    this.#options = options;
    this.#reader = route.door.createReader({ onText: () => {}, wallMs: () => clock.wallMs() });
    this.#reader.clock.onToken = context.desk.onToken;
    this.#facts = {
      connectionReused: false,
      chained,
      requestBytes: body.length,
      t0: clock.nowUs(),
      ...(reconnect === undefined ? {} : { reconnect }),
    };
    this.#watch = new StreamWatch({ signal, onEnd: (ending) => this.#onEnd(ending) });
    this.#request = context.pool.post(baseUrl, path, headers);
  }

  run(): Promise<HttpAttempted> {
    const { context, body, response, signal } = this.#options;
    const { clock, connectTimeoutMs, stallTimeoutMs } = context;
    this.#request.on('response', (upstream) => this.#onResponse(upstream));
    this.#request.on('error', (error) => this.#onError(error));
    response.once('close', this.#stopUnfinished);
    sendWhenConnected({
      request: this.#request,
      body,
      facts: this.#facts,
      watch: this.#watch,
      clock,
      connectTimeoutMs,
      stallTimeoutMs,
      onSent: () => this.#tap(body),
    });
    if (signal.aborted) this.#stop();
    return this.#done.promise;
  }

  #onResponse(upstream: IncomingMessage): void {
    this.#facts.accepted = this.#options.context.clock.nowUs();
    const status = upstream.statusCode ?? 0;
    this.#facts.httpStatus = status;
    this.#watch.touch();
    this.#tapped?.accepted(status, plainHeaders(upstream.headers), this.#facts.accepted);
    upstream.on('error', (error) => this.#onError(error));
    if (status >= 200 && status < 300) this.#pass(upstream, status);
    else this.#keepRefusal(upstream, status);
  }

  #pass(upstream: IncomingMessage, status: number): void {
    const { context, response, route, cutTypes } = this.#options;
    const isEvents = upstream.headers['content-type']?.includes('event-stream') === true;
    const cutter = new EventCutter(isEvents ? cutTypes : []);
    const repeats = isEvents && route.door.name === 'responses' ? new RepeatCutter() : undefined;
    const write = (piece: Buffer, atUs: number): void => {
      for (const kept of repeats?.cut(piece) ?? [piece]) this.#write(kept, atUs);
    };
    this.#streamed = isEvents;
    this.#begun = true;
    response.writeHead(
      status,
      upstream.statusMessage?.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ''), // Node takes no other
      headersDownstream(upstream.rawHeaders, { isCut: isEvents, scrub: context.scrub }),
    );
    const read = () =>
      isEvents ? readEvents(this.#reader, this.#watch) : readJson(route.door, this.#reader, this.#watch);
    const beside = new Beside(read, context.later, (chunk, atUs) => this.#tapped?.chunk(chunk, atUs));
    this.#beside = beside;
    upstream.on('data', (arrived: Buffer) => {
      const atUs = context.clock.nowUs(); // first of all
      const chunk = context.mask(arrived);
      this.#watch.touch();
      for (const piece of cutter.cut(chunk)) write(piece, atUs);
      if (response.writableNeedDrain) this.#holdBack(upstream);
      beside.push(chunk, atUs);
    });
    upstream.on('end', () => {
      write(cutter.rest(), context.clock.nowUs());
      this.#onUpstreamEnd(repeats?.rest(), beside);
    });
    // After what came with the headers, so that it goes on with them in one write.
    process.nextTick(() => response.flushHeaders());
  }

  #write(piece: Buffer, atUs: number): void {
    const { context, response } = this.#options;
    const { onRelayed, clock } = context;
    if (onRelayed === undefined) response.write(piece);
    else response.write(piece, () => onRelayed(clock.nowUs() - atUs));
  }

  /** The agent reads slowly: the provider has to wait, and its silence says nothing. */
  #holdBack(upstream: IncomingMessage): void {
    const { response, context } = this.#options;
    if (upstream.isPaused()) return;
    upstream.pause();
    this.#watch.suspend();
    response.once('drain', () => {
      this.#watch.limitStall(context.stallTimeoutMs);
      upstream.resume();
    });
  }

  #onUpstreamEnd(rest: Buffer | undefined, beside: Beside): void {
    const { response, context } = this.#options;
    response.end(rest);
    beside.end(context.clock.nowUs());
    this.#watch.fail(failure('stream-cut', 'the stream ended before the answer was complete'));
    this.#finish();
  }

  #keepRefusal(upstream: IncomingMessage, status: number): void {
    const { clock, scrub } = this.#options.context;
    const chunks: Buffer[] = [];
    let size = 0;
    upstream.on('data', (chunk: Buffer) => {
      this.#watch.touch();
      this.#tapped?.chunk(chunk, clock.nowUs());
      if (size < longestRefusal) chunks.push(chunk);
      size += chunk.length;
    });
    upstream.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = body.toString('utf8');
      const shown = scrub(text);
      this.#refusal = {
        status,
        rawHeaders: upstream.rawHeaders,
        body: shown === text ? body : Buffer.from(shown),
      };
      this.#watch.fail(failureOfStatus(status, shown, upstream.headers, clock.wallMs()));
    });
  }

  #onError(error: Error): void {
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

  readonly #stop = (): void => {
    this.#request.destroy();
    const { response } = this.#options;
    if (this.#begun && !response.writableEnded) response.destroy();
    this.#watch.end({ kind: 'aborted' });
    this.#finish();
  };

  /** Also after the last event, while the stream goes on. */
  readonly #stopUnfinished = (): void => {
    if (!this.#options.response.writableFinished) this.#stop();
  };

  #finish(): void {
    if (this.#ending === undefined) return;
    if (!this.#begun) this.#options.response.off('close', this.#stopUnfinished);
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
