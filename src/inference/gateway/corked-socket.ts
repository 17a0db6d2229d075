import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { OnRelayed } from './trial-context.ts';

export interface CorkedSocketOptions {
  readonly socket: WebSocket;
  /** The stream below it. */
  readonly stream: Duplex;
  readonly nowUs: () => number;
  readonly onRelayed?: OnRelayed | undefined;
}

/** Sends frames on; those that came in one read go out in one write, at the end of the same tick. */
export class CorkedSocket {
  readonly #options: CorkedSocketOptions;
  #isCorked = false;
  #arrivals: number[] = [];

  constructor(options: CorkedSocketOptions) {
    this.#options = options;
  }

  /** Whether the other side reads more slowly than it is written to; `drain` of the stream says when that is over. */
  get isFull(): boolean {
    return this.#options.stream.writableNeedDrain;
  }

  send(data: Buffer, isBinary: boolean, atUs: number): void {
    const { socket, stream, onRelayed } = this.#options;
    if (!this.#isCorked) {
      this.#isCorked = true;
      stream.cork();
      process.nextTick(() => this.#uncork());
    }
    socket.send(data, { binary: isBinary });
    if (onRelayed !== undefined) this.#arrivals.push(atUs);
  }

  #uncork(): void {
    const { stream, onRelayed, nowUs } = this.#options;
    this.#isCorked = false;
    stream.uncork();
    if (onRelayed === undefined) return;
    const writtenUs = nowUs();
    for (const atUs of this.#arrivals) onRelayed(writtenUs - atUs);
    this.#arrivals = [];
  }
}
