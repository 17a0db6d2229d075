import http from 'node:http';
import https from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import type { TappedExchange } from '../cassettes/wire-tap.ts';
import { describeSocketError, failure, failureOfStatus } from '../failures.ts';
import { conclude, feed } from './feed.ts';
import { commonHeaders } from './headers.ts';
import { sendWhenConnected } from './send-when-connected.ts';
import { StreamWatch } from './stream-watch.ts';
import { endTapped, plainHeaders, tapRequest } from './tapping.ts';
import type {
  Exchange,
  Exchanged,
  ExchangeEnding,
  ExchangeFacts,
  Transport,
  TransportOptions,
} from './transport.ts';

const longestErrorBody = 64 * 1024;

/** What differs between the APIs that answer a POST with server-sent events. */
export interface SseDialect {
  /** Below the base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  body(exchange: Exchange): object;
}

/**
 * Server-sent events over node:http and not over fetch, because there the socket is in our hands: the
 * request is held back until it is connected, so that t0 is the moment it is written, connecting has its
 * own marks, and `data` is stamped before anything is decoded or parsed.
 */
export function createSseTransport(options: TransportOptions, dialect: SseDialect): Transport {
  const url = new URL(`${options.baseUrl}${dialect.path}`);
  const { request, Agent } = url.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true });
  return {
    exchange: (exchange) => {
      const body = Buffer.from(JSON.stringify(dialect.body(exchange)));
      const headers = { ...headersOf(options, body), ...dialect.headers };
      const opened = request(url, { method: 'POST', agent, headers });
      return new SseExchange({ ...options, path: dialect.path }, exchange, body, opened).run();
    },
    close: () => agent.destroy(),
  };
}

function headersOf(options: TransportOptions, body: Buffer): http.OutgoingHttpHeaders {
  return {
    'content-type': 'application/json',
    'content-length': body.length,
    accept: 'text/event-stream',
    ...commonHeaders(options),
  };
}

type SseOptions = TransportOptions & Pick<SseDialect, 'path'>;

class SseExchange {
  readonly #options: SseOptions;
  readonly #exchange: Exchange;
  readonly #facts: ExchangeFacts;
  readonly #body: Buffer;
  readonly #request: http.ClientRequest;
  readonly #ended = Promise.withResolvers<Exchanged>();
  readonly #watch: StreamWatch;
  #tapped: TappedExchange | undefined;

  constructor(options: SseOptions, exchange: Exchange, body: Buffer, request: http.ClientRequest) {
    this.#options = options;
    this.#exchange = exchange;
    this.#body = body;
    this.#facts = {
      connectionReused: false,
      chained: false,
      requestBytes: this.#body.length,
      t0: options.clock.nowUs(),
    };
    this.#request = request;
    this.#watch = new StreamWatch({
      signal: exchange.signal,
      onEnd: (ending) => {
        // A finished answer leaves its connection to the next request; anything else closes it at once.
        if (ending.kind !== 'answered') this.#request.destroy();
        this.#endTapped(ending);
        this.#ended.resolve({ ending, facts: this.#facts });
      },
    });
  }

  run(): Promise<Exchanged> {
    const { clock, connectTimeoutMs, stallTimeoutMs } = this.#options;
    sendWhenConnected({
      request: this.#request,
      body: this.#body,
      facts: this.#facts,
      watch: this.#watch,
      clock,
      connectTimeoutMs,
      stallTimeoutMs,
      onSent: () => this.#tap(this.#body, this.#facts.t0),
    });
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('error', (error) => this.#onError(error));
    return this.#ended.promise;
  }

  #tap(body: Uint8Array, sentUs: number): void {
    this.#tapped = tapRequest(this.#options, { path: this.#options.path, body, sentUs });
  }

  #endTapped(ending: ExchangeEnding): void {
    // Where there was no connection nothing was sent: recorded as an attempt to connect.
    if (this.#tapped === undefined && ending.kind === 'failed') this.#tap(new Uint8Array(), this.#facts.t0);
    endTapped(this.#tapped, ending, this.#options.clock.nowUs());
  }

  #onResponse(response: http.IncomingMessage): void {
    this.#facts.accepted = this.#options.clock.nowUs();
    this.#facts.httpStatus = response.statusCode ?? 0;
    this.#watch.touch();
    this.#tapped?.accepted(this.#facts.httpStatus, plainHeaders(response.headers), this.#facts.accepted);
    response.on('error', (error) => this.#onError(error));
    if (response.statusCode === 200) this.#readEvents(response);
    else this.#readError(response);
  }

  #readEvents(response: http.IncomingMessage): void {
    const { reader } = this.#exchange;
    let atUs = 0;
    const parser = createParser({
      onEvent: ({ data }) => feed(reader, data, atUs, this.#watch),
    });
    const decoder = new StringDecoder('utf8');
    response.on('data', (chunk: Buffer) => {
      atUs = this.#options.clock.nowUs();
      this.#watch.touch();
      this.#tapped?.chunk(chunk, atUs);
      parser.feed(decoder.write(chunk));
    });
    response.on('end', () => {
      conclude(reader, this.#options.clock.nowUs(), this.#watch);
      const isOther = reader.eventCount === 0 && !response.headers['content-type']?.includes('event-stream');
      if (isOther) this.#watch.fail(failure('malformed', 'the answer is not an event stream'));
      else this.#watch.fail(failure('stream-cut', 'the stream ended before the answer was complete'));
    });
  }

  #readError(response: http.IncomingMessage): void {
    let text = '';
    const end = () =>
      this.#watch.fail(
        failureOfStatus(response.statusCode ?? 0, text, response.headers, this.#options.clock.wallMs()),
      );
    const decoder = new StringDecoder('utf8');
    response.on('data', (chunk: Buffer) => {
      this.#tapped?.chunk(chunk, this.#options.clock.nowUs());
      text = (text + decoder.write(chunk)).slice(0, longestErrorBody);
      this.#watch.touch();
    });
    response.on('end', end);
  }

  #onError(error: Error): void {
    const message = describeSocketError(error);
    if (this.#facts.accepted !== undefined) {
      this.#watch.fail(failure('stream-cut', message));
      return;
    }
    // The server may close a kept connection while the request is on its way: that says nothing about it.
    const resend = this.#facts.connectionReused ? 'connection-dropped' : undefined;
    this.#watch.fail(failure('connect', message, resend));
  }
}
