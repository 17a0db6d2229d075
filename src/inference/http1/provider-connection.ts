import type { Socket } from 'node:net';
import { type MessageHead, MessageParser } from './message-parser.ts';

/** One request, and who hears what becomes of it. Exactly one of `onEnd` and `onError` is the last to be called. */
export interface Sent {
  readonly head: Buffer;
  readonly body: Buffer;
  readonly onConnecting: () => void;
  readonly onConnected: () => void;
  /** Just before it is written. */
  readonly onSend: (isReused: boolean) => void;
  readonly onSent: () => void;
  readonly onHead: (head: MessageHead) => void;
  readonly onBody: (chunk: Buffer) => void;
  readonly onEnd: () => void;
  readonly onError: (error: Error) => void;
}

/** A request that is under way. */
export interface Exchange {
  pause(): void;
  resume(): void;
  /** Breaks it off, with the connection; nothing is called any more. */
  destroy(): void;
}

export interface ProviderConnectionOptions {
  readonly socket: Socket;
  readonly isSecure: boolean;
  /** The answer was whole, and another request may go. */
  readonly onIdle: () => void;
  readonly onClosed: () => void;
}

/** Before a server's own limit by so much: a request must not meet the end that is on its way. */
const marginMs = 1000;

/** A connection to a provider: one request and its answer at a time. */
export class ProviderConnection {
  readonly #options: ProviderConnectionOptions;
  readonly #parser: MessageParser;
  #sent: Sent | undefined;
  #answer: MessageHead | undefined;
  #isConnected = false;
  #requests = 0;
  #idleUntilMs = Number.POSITIVE_INFINITY;

  constructor(options: ProviderConnectionOptions) {
    this.#options = options;
    this.#parser = new MessageParser('RESPONSE', {
      onHead: (head) => this.#onHead(head),
      onBody: (chunk) => this.#sent?.onBody(chunk),
      onEnd: () => this.#onMessageEnd(),
    });
    const { socket, isSecure, onClosed } = options;
    socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#onConnected());
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('end', () => this.#onEof());
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => {
      onClosed();
      this.#fail(closedEarly());
    });
  }

  get isUsable(): boolean {
    return this.#options.socket.writable && performance.now() < this.#idleUntilMs;
  }

  send(sent: Sent): Exchange {
    this.#sent = sent;
    if (this.#isConnected) this.#write(sent);
    else sent.onConnecting();
    const { socket } = this.#options;
    const isUnderWay = () => this.#sent === sent;
    return {
      pause: () => isUnderWay() && socket.pause(),
      resume: () => isUnderWay() && socket.resume(),
      destroy: () => isUnderWay() && this.destroy(),
    };
  }

  destroy(): void {
    this.#sent = undefined;
    this.#options.socket.destroy();
  }

  /** Whoever waits for an answer hears that there will be none. */
  close(): void {
    this.#fail(closedEarly());
  }

  #onConnected(): void {
    this.#isConnected = true;
    const sent = this.#sent;
    if (sent === undefined) return;
    sent.onConnected();
    if (this.#sent === sent) this.#write(sent);
  }

  #write(sent: Sent): void {
    sent.onSend(this.#requests > 0);
    this.#requests += 1;
    this.#answer = undefined;
    this.#options.socket.write(Buffer.concat([sent.head, sent.body]));
    sent.onSent();
  }

  #onData(bytes: Buffer): void {
    if (this.#sent === undefined) {
      this.destroy(); // nothing was asked
      return;
    }
    const read = this.#parser.read(bytes);
    if (typeof read !== 'number') this.#fail(read);
  }

  /** Heads of 100 to 199 announce the one that counts. */
  #onHead(head: MessageHead): boolean {
    if (head.status === 101) {
      this.#fail(new Error('an answer that changes the protocol'));
      return false;
    }
    this.#answer = head.status < 200 ? undefined : head;
    if (this.#answer !== undefined) this.#sent?.onHead(head);
    return true;
  }

  #onMessageEnd(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    const sent = this.#sent;
    this.#sent = undefined;
    const { socket, onIdle } = this.#options;
    // A request that is still on its way would hold up the next; what came unasked might pass for its answer.
    const isClean = socket.writableLength === 0 && !this.#parser.hasMore;
    if (!answer.keepsAlive || !isClean) socket.destroy();
    else if (!socket.destroyed) {
      const seconds = /timeout=(\d+)/i.exec(answer.headers['keep-alive'] ?? '')?.[1];
      if (seconds !== undefined) this.#idleUntilMs = performance.now() + Number(seconds) * 1000 - marginMs;
      socket.resume();
      onIdle();
    }
    sent?.onEnd();
  }

  /** The end of a body that has no other end, or a connection that was cut. */
  #onEof(): void {
    if (this.#sent === undefined) return void this.destroy();
    const error = this.#parser.end();
    if (this.#sent !== undefined) this.#fail(error === undefined ? closedEarly() : error);
  }

  #fail(error: Error): void {
    const sent = this.#sent;
    this.destroy();
    sent?.onError(error);
  }
}

function closedEarly(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}
