import type { Socket } from 'node:net';
import { headBytes } from './message-head.ts';
import { type MessageHead, MessageParser } from './message-parser.ts';
import { Reply } from './reply.ts';

/** One request of an agent, to a door of the gateway. */
export interface AgentRequest {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AgentConnectionOptions {
  readonly socket: Socket;
  /** Longer bodies are read away, so that their answer arrives, and not kept. */
  readonly longestBody: number;
  /** One at a time: the next one comes once the reply has been written. */
  readonly onRequest: (request: AgentRequest, body: Buffer | 'too-long', reply: Reply) => void;
  /** An upgrade, a tunnel or a request to another host: the connection is not read here any more. */
  readonly onOther: (socket: Socket, bytes: Buffer) => void;
}

interface Asked {
  readonly head: MessageHead;
  readonly body: Buffer | 'too-long';
}

/** Requests that an agent may send ahead before they are left unread. */
const mostAhead = 16;
const malformed = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** An agent's side of the gateway: whole requests from a socket, and a reply for each. */
export class AgentConnection {
  readonly #options: AgentConnectionOptions;
  readonly #parser: MessageParser;
  readonly #waiting: Asked[] = [];
  readonly #gone = new AbortController();
  #head: MessageHead | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #reply: Reply | undefined;
  #isOther = false;

  constructor(options: AgentConnectionOptions) {
    const { socket } = options;
    this.#options = options;
    this.#parser = new MessageParser('REQUEST', {
      onHead: (head) => this.#begin(head),
      onBody: (chunk) => this.#keep(chunk),
      onEnd: () => this.#complete(),
    });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  readonly #onData = (bytes: Buffer): void => {
    const { socket } = this.#options;
    const read = this.#parser.read(bytes);
    if (typeof read !== 'number') {
      if (this.#reply !== undefined) return void socket.destroy(); // amid an answer nothing can be said
      socket.end(malformed);
      this.#readAway();
    } else if (this.#isOther) this.#handOver(bytes.subarray(read));
  };

  /** So that its end is noticed. */
  #readAway(): void {
    const { socket } = this.#options;
    socket.off('data', this.#onData);
    socket.resume();
  }

  /** Nobody waits for an answer who has hung up. */
  readonly #onEnd = (): void => void this.#options.socket.end();
  readonly #onError = (): void => void this.#options.socket.destroy();
  readonly #onClose = (): void => {
    this.#gone.abort();
    this.#reply?.close();
  };

  #begin(head: MessageHead): boolean {
    this.#head = head;
    this.#chunks = [];
    this.#size = 0;
    this.#isOther = head.isUpgrade || !(head.url.startsWith('/') || head.url === '*');
    const mayContinue = !this.#isOther && this.#reply === undefined;
    if (mayContinue && head.headers['expect']?.toLowerCase() === '100-continue') {
      this.#options.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    return !this.#isOther;
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size <= this.#options.longestBody) this.#chunks.push(chunk);
    else this.#chunks = [];
  }

  #complete(): void {
    if (this.#head === undefined) return;
    const isTooLong = this.#size > this.#options.longestBody;
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#waiting.push({ head: this.#head, body: isTooLong ? 'too-long' : body });
    this.#chunks = [];
    if (this.#waiting.length > mostAhead) this.#options.socket.pause();
    this.#answerNext();
  }

  #answerNext(): void {
    if (this.#reply !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { socket, onRequest } = this.#options;
    const { head, body } = next;
    const { method, url, rawHeaders, headers, isHttp10 } = head;
    const keepsAlive = head.keepsAlive && !isHttp10; // whose bodies end with the connection
    this.#reply = new Reply({
      socket,
      gone: this.#gone.signal,
      isHeadOnly: method === 'HEAD',
      isHttp10,
      keepsAlive,
      onWritten: () => this.#onReplied(keepsAlive),
    });
    onRequest({ method, url, rawHeaders, headers }, body, this.#reply);
  }

  #onReplied(keepsAlive: boolean): void {
    this.#reply = undefined;
    const { socket } = this.#options;
    if (!keepsAlive) {
      socket.end();
      this.#readAway();
      return;
    }
    if (this.#waiting.length <= mostAhead) socket.resume();
    this.#answerNext();
  }

  /** With the head said again: whoever reads on begins at the request. */
  #handOver(rest: Buffer): void {
    const { socket, onOther } = this.#options;
    const head = this.#head;
    // Behind a request that is still to be answered nothing else can begin.
    if (head === undefined || this.#reply !== undefined) return void socket.destroy();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    socket.pause();
    onOther(
      socket,
      Buffer.concat([
        headBytes(`${head.method} ${head.url} HTTP/1.${head.isHttp10 ? 0 : 1}`, head.rawHeaders),
        rest,
      ]),
    );
  }
}
