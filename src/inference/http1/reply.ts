import type { Socket } from 'node:net';
import { headBytes } from './message-head.ts';

export interface ReplyOptions {
  readonly socket: Socket;
  /** Aborted when the agent has hung up. */
  readonly gone: AbortSignal;
  /** To HEAD: no body, whatever is written. */
  readonly isHeadOnly: boolean;
  /** HTTP/1.0 knows no chunks: its body ends with the connection. */
  readonly isHttp10: boolean;
  readonly keepsAlive: boolean;
  /** The answer is whole and written. */
  readonly onWritten: () => void;
}

type Written = () => void;

const isContentLength = /^content-length$/i;
const nothing = Buffer.alloc(0);
const lineEnd = Buffer.from('\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/**
 * An answer to an agent, as little more than its bytes: what is written within one tick goes out in one
 * write at its end. node:http spends several times the work on each of them.
 */
export class Reply {
  readonly #options: ReplyOptions;
  readonly #onClosed: (() => void)[] = [];
  #pending: Buffer[] = [];
  #written: Written[] = [];
  #isScheduled = false;
  #framing: 'chunked' | 'plain' | 'none' = 'plain';
  #state: 'new' | 'begun' | 'ended' | 'written' = 'new';

  constructor(options: ReplyOptions) {
    this.#options = options;
  }

  /** Aborted when the agent hangs up, before the answer is whole or after it. */
  get gone(): AbortSignal {
    return this.#options.gone;
  }

  get hasBegun(): boolean {
    return this.#state !== 'new';
  }

  get hasEnded(): boolean {
    return this.#state === 'ended' || this.#state === 'written';
  }

  /** Every byte of it has been written. */
  get isWhole(): boolean {
    return this.#state === 'written';
  }

  /** The agent has gone, or was sent away. */
  get isGone(): boolean {
    return this.#options.socket.destroyed;
  }

  /** The agent reads more slowly than it is written to; see `onDrain`. */
  get isFull(): boolean {
    return this.#options.socket.writableNeedDrain;
  }

  onDrain(listener: () => void): void {
    this.#options.socket.once('drain', listener);
  }

  /** Called once: when it has been written, or the agent has gone before. */
  onClosed(listener: () => void): void {
    this.#onClosed.push(listener);
  }

  /** Without a content-length among the headers the body is framed here. */
  begin(status: number, statusMessage: string, rawHeaders: readonly string[]): void {
    const { isHttp10, isHeadOnly, keepsAlive } = this.#options;
    this.#state = 'begun';
    const hasNoBody = isHeadOnly || status === 204 || status === 304;
    const hasLength = rawHeaders.some((name, index) => index % 2 === 0 && isContentLength.test(name));
    this.#framing = hasNoBody ? 'none' : hasLength || isHttp10 ? 'plain' : 'chunked';
    this.#push(
      headBytes(`HTTP/1.1 ${status} ${statusMessage}`, [
        ...rawHeaders,
        ...(this.#framing === 'chunked' ? ['transfer-encoding', 'chunked'] : []),
        ...['connection', keepsAlive ? 'keep-alive' : 'close'],
      ]),
    );
  }

  write(piece: Buffer, onWritten?: Written): void {
    if (piece.length === 0 || this.#state !== 'begun') return;
    if (onWritten !== undefined) this.#written.push(onWritten);
    if (this.#framing === 'none') return;
    if (this.#framing === 'plain') this.#push(piece);
    else this.#push(Buffer.from(`${piece.length.toString(16)}\r\n`, 'latin1'), piece, lineEnd);
  }

  end(rest: Buffer = nothing): void {
    if (this.#state !== 'begun') return;
    this.write(rest);
    if (this.#framing === 'chunked') this.#push(lastChunk);
    this.#state = 'ended';
    this.#written.push(() => this.#finish());
    this.#schedule();
  }

  destroy(): void {
    this.#options.socket.destroy();
  }

  /** To be called when the connection is gone. */
  close(): void {
    for (const listener of this.#onClosed.splice(0)) listener();
  }

  #finish(): void {
    this.#state = 'written';
    this.close();
    this.#options.onWritten();
  }

  #push(...bytes: Buffer[]): void {
    this.#pending.push(...bytes);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    const pending = this.#pending;
    const written = this.#written;
    this.#pending = [];
    this.#written = [];
    const { socket } = this.#options;
    if (socket.destroyed) return;
    const bytes = pending.length === 1 ? (pending[0] ?? nothing) : Buffer.concat(pending);
    if (written.length === 0) socket.write(bytes);
    else
      socket.write(bytes, (error) => {
        if (error == null) for (const listener of written) listener();
      });
  }
}
