import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../lib/clock.ts';
import type { ConversationItem, ModelRequest, SteerOrder } from '../client.ts';
import { asText, parseObject } from './json.ts';
import { wireItem } from './responses-body.ts';
import type { StreamReader } from './stream-reader.ts';
import type { StreamWatch } from './stream-watch.ts';

export interface SteerParts {
  readonly order: SteerOrder;
  readonly socket: WebSocket;
  readonly reader: StreamReader;
  readonly watch: StreamWatch;
  readonly clock: Clock;
}

/**
 * What the user says into a running answer: sent as `response.steer` once the order comes. An answer that
 * cannot be steered any more, or not yet, is ended as aborted, and the caller goes on with the full input.
 */
export class Steer {
  readonly #parts: SteerParts;
  readonly #onOrder = () => this.#send();
  #frame: string | undefined;
  #sentUs = 0;
  #isAccepted = false;

  constructor(parts: SteerParts) {
    this.#parts = parts;
    const { signal } = parts.order;
    signal.addEventListener('abort', this.#onOrder, { once: true });
    if (signal.aborted) this.#send();
  }

  get wasSent(): boolean {
    return this.#frame !== undefined;
  }

  /** One message of the stream; only the server's word on the steer is looked at. */
  hear(text: string): void {
    if (!this.wasSent || !text.includes('"response.steer.')) return;
    const type = asText(parseObject(text)?.['type']);
    if (type === 'response.steer.accepted') this.#isAccepted = true;
    // A result is owed to the server first, or it does not take it at all.
    if (type === 'response.steer.pending' || type === 'response.steer.failed') {
      this.#parts.watch.end({ kind: 'aborted' });
    }
  }

  close(): void {
    this.#parts.order.signal.removeEventListener('abort', this.#onOrder);
  }

  /** The answer has ended: whose events follow on the connection, where the server has taken the steer. */
  successor(): Successor | undefined {
    const { reader, socket, clock, order } = this.#parts;
    const { terminal } = reader;
    const isSteered = terminal?.kind === 'incomplete' && terminal.reason === 'steered';
    const owesNothing =
      terminal?.kind === 'completed' && !reader.items.some(({ type }) => type === 'function-call');
    if (!this.#isAccepted || !(isSteered || owesNothing) || this.#frame === undefined) return undefined;
    return new Successor({ socket, clock, input: order.input, frame: this.#frame, sentUs: this.#sentUs });
  }

  #send(): void {
    const { reader, watch, socket, order, clock } = this.#parts;
    if (watch.ended) return;
    if (reader.responseId === undefined) {
      watch.end({ kind: 'aborted' });
      return;
    }
    const input = order.input.map(wireItem);
    this.#frame = JSON.stringify({ type: 'response.steer', previous_response_id: reader.responseId, input });
    this.#sentUs = clock.nowUs();
    socket.send(this.#frame);
  }
}

interface SuccessorParts {
  readonly socket: WebSocket;
  readonly clock: Clock;
  readonly input: readonly ConversationItem[];
  readonly frame: string;
  readonly sentUs: number;
}

export interface Arrival {
  readonly data: RawData;
  readonly isBinary: boolean;
  readonly atUs: number;
}

/** The answer that the server began by itself; keeps what comes of it until somebody reads it. */
export class Successor {
  readonly #parts: SuccessorParts;
  readonly #arrived: Arrival[] = [];
  readonly #onMessage = (data: RawData, isBinary: boolean) => {
    this.#arrived.push({ data, isBinary, atUs: this.#parts.clock.nowUs() });
  };

  constructor(parts: SuccessorParts) {
    this.#parts = parts;
    parts.socket.on('message', this.#onMessage);
  }

  get frame(): string {
    return this.#parts.frame;
  }

  get sentUs(): number {
    return this.#parts.sentUs;
  }

  /** Whether the request asks for just this answer, and the connection still brings it. */
  answers({ input }: ModelRequest): boolean {
    const { socket, input: said } = this.#parts;
    const last = input.slice(-said.length);
    return socket.readyState === socket.OPEN && JSON.stringify(last) === JSON.stringify(said);
  }

  /** What came so far; from now on the caller listens. */
  take(): readonly Arrival[] {
    this.#parts.socket.off('message', this.#onMessage);
    return this.#arrived;
  }
}
