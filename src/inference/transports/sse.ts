import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import type { TappedExchange } from '../cassettes/wire-tap.ts';
import { describeSocketError, failure, failureOfStatus } from '../failures.ts';
import { headBytes } from '../http1/message-head.ts';
import type { MessageHead } from '../http1/message-parser.ts';
import type { Exchange as HttpExchange } from '../http1/provider-connection.ts';
import { ProviderPool } from '../http1/provider-pool.ts';
import { exchangeMarks } from './exchange-marks.ts';
import { conclude, feed } from './feed.ts';
import { commonHeaders } from './headers.ts';
import { StreamWatch } from './stream-watch.ts';
import { endTapped, tapRequest } from './tapping.ts';
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
 * Server-sent events, on connections whose sockets are in our hands: t0 is the moment at which a request is
 * written, connecting has its own marks, and bytes are stamped before anything is decoded or parsed.
 */
export function createSseTransport(options: TransportOptions, dialect: SseDialect): Transport {
  const url = new URL(`${options.baseUrl}${dialect.path}`);
  const pool = new ProviderPool();
  return {
    exchange: (exchange) => {
      const body = Buffer.from(JSON.stringify(dialect.body(exchange)));
      const headers = { host: url.host, ...headersOf(options, body), ...dialect.headers };
      const head = headBytes(`POST ${url.pathname}${url.search} HTTP/1.1`, Object.entries(headers).flat());
      return new SseExchange({ ...options, path: dialect.path }, exchange, body).run(pool, url, head);
    },
    close: () => pool.close(),
  };
}

function headersOf(options: TransportOptions, body: Buffer): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(body.length),
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
  readonly #ended = Promise.withResolvers<Exchanged>();
  readonly #watch: StreamWatch;
  #http: HttpExchange | undefined;
  #tapped: TappedExchange | undefined;
  /** What becomes of the answer's body; decided by its head. */
  #onBody: (chunk: Buffer, atUs: number) => void = () => {};
  #onEnd: () => void = () => {};

  constructor(options: SseOptions, exchange: Exchange, body: Buffer) {
    this.#options = options;
    this.#exchange = exchange;
    this.#body = body;
    this.#facts = {
      connectionReused: false,
      chained: false,
      requestBytes: this.#body.length,
      t0: options.clock.nowUs(),
    };
    this.#watch = new StreamWatch({
      signal: exchange.signal,
      onEnd: (ending) => {
        // A finished answer leaves its connection to the next request; anything else closes it at once.
        if (ending.kind !== 'answered') this.#http?.destroy();
        this.#endTapped(ending);
        this.#ended.resolve({ ending, facts: this.#facts });
      },
    });
  }

  run(pool: ProviderPool, url: URL, head: Buffer): Promise<Exchanged> {
    const { clock, connectTimeoutMs, stallTimeoutMs } = this.#options;
    const facts = this.#facts;
    this.#watch.limit(connectTimeoutMs, () => failure('connect', `no connection in ${connectTimeoutMs} ms`));
    this.#http = pool.send(url, {
      head,
      body: this.#body,
      ...exchangeMarks(facts, clock),
      onSent: () => {
        this.#watch.limitStall(stallTimeoutMs);
        this.#tap(this.#body, facts.t0);
      },
      onHead: (answer) => this.#onHead(answer),
      onBody: (chunk) => this.#take(chunk),
      onEnd: () => this.#onEnd(),
      onError: (error) => this.#onError(error),
    });
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

  #onHead({ status, headers }: MessageHead): void {
    this.#facts.accepted = this.#options.clock.nowUs();
    this.#facts.httpStatus = status;
    this.#watch.touch();
    this.#tapped?.accepted(status, headers, this.#facts.accepted);
    if (status === 200) this.#readEvents(headers);
    else this.#readError(status, headers);
  }

  #take(chunk: Buffer): void {
    const atUs = this.#options.clock.nowUs(); // first of all
    this.#watch.touch();
    this.#tapped?.chunk(chunk, atUs);
    this.#onBody(chunk, atUs);
  }

  #readEvents(headers: MessageHead['headers']): void {
    const { reader } = this.#exchange;
    let atUs = 0;
    const parser = createParser({
      onEvent: ({ data }) => feed(reader, data, atUs, this.#watch),
    });
    const decoder = new StringDecoder('utf8');
    this.#onBody = (chunk, arrivedUs) => {
      atUs = arrivedUs;
      parser.feed(decoder.write(chunk));
    };
    this.#onEnd = () => {
      conclude(reader, this.#options.clock.nowUs(), this.#watch);
      const isOther = reader.eventCount === 0 && !headers['content-type']?.includes('event-stream');
      if (isOther) this.#watch.fail(failure('malformed', 'the answer is not an event stream'));
      else this.#watch.fail(failure('stream-cut', 'the stream ended before the answer was complete'));
    };
  }

  #readError(status: number, headers: MessageHead['headers']): void {
    let text = '';
    const decoder = new StringDecoder('utf8');
    this.#onBody = (chunk) => {
      text = (text + decoder.write(chunk)).slice(0, longestErrorBody);
    };
    this.#onEnd = () =>
      this.#watch.fail(failureOfStatus(status, text, headers, this.#options.clock.wallMs()));
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
