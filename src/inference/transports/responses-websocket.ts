import type { RawData, WebSocket } from 'ws';
import type { ConversationItem } from '../client.ts';
import { failure } from '../failures.ts';
import { type Chain, newItems } from './chain.ts';
import { feed } from './feed.ts';
import { responsesBody } from './responses-body.ts';
import { type Arrival, Steer, type Successor } from './steer.ts';
import { StreamWatch } from './stream-watch.ts';
import { endTapped, tapFailedUpgrade, tapRequest } from './tapping.ts';
import type {
  Exchange,
  Exchanged,
  ExchangeEnding,
  ExchangeFacts,
  Transport,
  TransportOptions,
} from './transport.ts';
import { connectWebSocket } from './websocket-connection.ts';

/**
 * Responses over one WebSocket for the session. Directly on `ws`, with the openai package's types: its
 * ResponsesWS parses a message before it tells anyone, queues while it connects and hides when it is
 * connected, so neither arrival nor connecting could be stamped where they happen.
 */
export function createResponsesWebSocket(options: TransportOptions): Transport {
  const transport = new WebSocketTransport(options);
  return {
    exchange: (exchange) => transport.exchange(exchange),
    close: () => transport.close(),
  };
}

const path = '/responses';

class WebSocketTransport {
  readonly #options: TransportOptions;
  #socket: WebSocket | undefined;
  /** What the connection remembers; gone with it, and after anything but a completed answer. */
  #chain: Chain | undefined;
  /** What the server answers next without being asked. */
  #successor: Successor | undefined;
  /** When the bytes came that are being read: those of many messages may come at once. */
  #readUs = 0;
  /** Why there is no connection any more, once there was one. */
  #lostBecause: string | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  close(): void {
    this.#lose('closed');
  }

  async exchange(exchange: Exchange): Promise<Exchanged> {
    const facts: ExchangeFacts = {
      connectionReused: false,
      chained: false,
      requestBytes: 0,
      t0: this.#options.clock.nowUs(),
    };
    if (exchange.steer?.signal.aborted === true) return { ending: { kind: 'aborted' }, facts };
    const successor = this.#takeSuccessor(exchange);
    const opened = await this.#open(exchange, facts);
    if ('kind' in opened) return { ending: opened, facts };
    const ending = await this.#converse(opened, exchange, facts, successor);
    this.#remember(ending, exchange);
    return { ending, facts };
  }

  /** The session's socket, or how getting one ended. */
  async #open(exchange: Exchange, facts: ExchangeFacts): Promise<WebSocket | ExchangeEnding> {
    const current = this.#socket;
    if (current !== undefined && current.readyState === current.OPEN) {
      facts.connectionReused = true;
      return current;
    }
    if (current !== undefined) this.#lose('connection-closed');
    if (this.#lostBecause !== undefined) facts.reconnect = this.#lostBecause;

    facts.connectStart = this.#options.clock.nowUs();
    const connected = await connectWebSocket(this.#options, exchange.signal);
    facts.connectEnd = this.#options.clock.nowUs();
    if (connected.status === 'aborted') return { kind: 'aborted' };
    if (connected.status === 'failed') {
      if (connected.failure.status !== undefined) facts.httpStatus = connected.failure.status;
      tapFailedUpgrade(this.#options, connected, {
        path,
        startUs: facts.connectStart,
        endUs: facts.connectEnd,
      });
      return { kind: 'failed', failure: connected.failure };
    }
    this.#socket = connected.socket;
    connected.upgrade.socket.prependListener('data', () => {
      this.#readUs = this.#options.clock.nowUs();
    });
    return connected.socket;
  }

  /** The answer that is on its way already, where the request continues with what was said into the last one. */
  #takeSuccessor({ request }: Exchange): Successor | undefined {
    const successor = this.#successor;
    this.#successor = undefined;
    if (successor === undefined || successor.answers(request)) return successor;
    this.#lose('not-steered');
    return undefined;
  }

  async #converse(
    socket: WebSocket,
    exchange: Exchange,
    facts: ExchangeFacts,
    successor: Successor | undefined,
  ): Promise<ExchangeEnding> {
    const text = successor?.frame ?? this.#frame(exchange, facts);
    if (successor !== undefined) {
      this.#chain = undefined; // the server remembers another answer by now
      Object.assign(facts, { chained: true, steer: 'successor' });
    }
    facts.requestBytes = Buffer.byteLength(text);
    const { promise, resolve } = Promise.withResolvers<ExchangeEnding>();
    let steer: Steer | undefined;
    // At once, and not when the promise is awaited: the successor's first event may be in the same read.
    const onEnd = (ended: ExchangeEnding) => resolve(this.#endSteering(steer, ended, facts));
    const watch = new StreamWatch({ signal: exchange.signal, onEnd });
    const receive = ({ data, isBinary, atUs }: Arrival) => {
      facts.accepted ??= atUs;
      watch.touch();
      tapped?.chunk(data as Buffer, atUs); // one Buffer is ws's own default
      const event = isBinary ? '' : data.toString();
      steer?.hear(event);
      feed(exchange.reader, event, atUs, watch);
    };
    const onMessage = (data: RawData, isBinary: boolean) => {
      receive({ data, isBinary, atUs: this.#readUs });
    };
    const onClose = (code: number) => watch.fail(closeFailure(code, exchange.reader.eventCount));
    socket.on('message', onMessage);
    socket.on('close', onClose);

    facts.t0 = successor?.sentUs ?? this.#options.clock.nowUs();
    if (successor === undefined) socket.send(text);
    const tapped = tapRequest(this.#options, { path, body: Buffer.from(text), sentUs: facts.t0 });
    watch.limitStall(this.#options.stallTimeoutMs);
    if (exchange.signal.aborted) watch.end({ kind: 'aborted' });
    for (const arrival of successor?.take() ?? []) receive(arrival);
    const { reader, steer: order } = exchange;
    const { clock } = this.#options;
    steer = order === undefined ? undefined : new Steer({ order, socket, reader, watch, clock });
    const ending = await promise;
    endTapped(tapped, ending, this.#options.clock.nowUs());
    socket.off('message', onMessage);
    socket.off('close', onClose);
    return ending;
  }

  #endSteering(steer: Steer | undefined, ending: ExchangeEnding, facts: ExchangeFacts): ExchangeEnding {
    steer?.close();
    if (steer?.wasSent !== true || ending.kind === 'aborted') return ending;
    // A server that does not know the event may say so in any way: the caller goes on with the full input.
    if (ending.kind === 'failed') return { kind: 'aborted' };
    this.#successor = steer.successor();
    if (this.#successor === undefined) this.#lose('not-steered');
    else facts.steer = 'ended-by';
    return ending;
  }

  #frame(exchange: Exchange, facts: ExchangeFacts): string {
    const { request } = exchange;
    const chain = this.#chain;
    const fresh = chain === undefined ? undefined : newItems(chain, request);
    this.#chain = undefined; // until this answer is complete nothing can be chained to
    facts.chained = fresh !== undefined;
    const body = responsesBody(request, fresh ?? request.input, this.#options);
    const link = chain === undefined || fresh === undefined ? {} : { previous_response_id: chain.responseId };
    return JSON.stringify({ type: 'response.create', ...body, ...link });
  }

  #remember(ending: ExchangeEnding, { request, reader }: Exchange): void {
    if (ending.kind === 'answered') {
      const items: ConversationItem[] = [...request.input, ...reader.items];
      const { responseId } = reader;
      const { instructions, tools } = request;
      const isLost = this.#socket === undefined;
      if (isLost || responseId === undefined || reader.terminal?.kind !== 'completed') return;
      this.#chain = { responseId, instructions, tools: [...tools], items };
      return;
    }
    // There is no event to cancel with: an answer that is not wanted is stopped by closing the connection.
    if (ending.kind === 'aborted') this.#lose('aborted');
    else if (reader.terminal !== undefined && ending.failure.resend === undefined)
      return; // it said so, and is over
    else this.#lose(ending.failure.resend ?? ending.failure.kind);
  }

  #lose(reason: string): void {
    if (this.#socket !== undefined) this.#lostBecause = reason;
    this.#socket?.terminate();
    this.#socket = undefined;
    this.#chain = undefined;
    this.#successor = undefined;
  }
}

function closeFailure(code: number, eventCount: number) {
  const message = `the connection was closed (${code})`;
  return eventCount === 0
    ? failure('connect', message, 'connection-dropped')
    : failure('stream-cut', message);
}
