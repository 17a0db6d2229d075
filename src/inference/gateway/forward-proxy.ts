import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { allowedHostsRule, type Destination, parseAuthority } from './allowed-hosts.ts';
import type { ProxyAttempt } from './gateway.ts';
import { type Connected, connectTo, type ResolveHost, resolveBySystem } from './proxy-connection.ts';
import { answer, malformed, nameOf, type Refusal, rawAnswer, refused } from './proxy-refusal.ts';
import { endToEnd, parseUrl, type UrlTarget } from './proxy-target.ts';

export interface ForwardProxyOptions {
  readonly allowedHosts: readonly string[];
  /** Each try once: when it was refused, when it failed, or when the host answered the connection. */
  readonly onAttempt: (attempt: ProxyAttempt) => void;
  /** Milliseconds since the epoch. */
  readonly wallMs?: () => number;
  /** For resolving and connecting together. Default 15 s. */
  readonly connectTimeoutMs?: number;
  /** Without a byte in either direction. Default 5 minutes. */
  readonly idleTimeoutMs?: number;
  /** Default: the host's own resolver. */
  readonly resolve?: ResolveHost;
  /** Addresses that are not of the public internet too; for tests. */
  readonly allowPrivate?: boolean;
}

export interface ForwardProxy extends AsyncDisposable {
  /** For 'connect' of an HTTP server: a tunnel, mostly for TLS. */
  handleConnect(request: IncomingMessage, client: Duplex, head: Buffer): void;
  /** For a request whose target is a whole URL (`GET http://example.org/ HTTP/1.1`). */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
}

/** The way out of a sandbox with an allow-list: reaches the hosts on the list and tells of every try. */
export function createForwardProxy(options: ForwardProxyOptions): ForwardProxy {
  return new AllowListProxy(options);
}

class AllowListProxy implements ForwardProxy {
  readonly #options: ForwardProxyOptions;
  readonly #isAllowed: (destination: Destination) => boolean;
  readonly #wallMs: () => number;
  readonly #idleMs: number;
  readonly #closing = new AbortController();
  readonly #open = new Set<Duplex>();

  constructor(options: ForwardProxyOptions) {
    this.#options = options;
    this.#isAllowed = allowedHostsRule(options.allowedHosts);
    this.#wallMs = options.wallMs ?? Date.now;
    this.#idleMs = options.idleTimeoutMs ?? 300_000;
  }

  handleConnect(request: IncomingMessage, client: Duplex, head: Buffer): void {
    this.#keep(client);
    void this.#tunnel(parseAuthority(request.url ?? ''), client, head);
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    void this.#relay(parseUrl(request.url ?? ''), request, response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the proxy was closed'));
    for (const one of this.#open) one.destroy();
  }

  async #tunnel(destination: Destination | undefined, client: Duplex, head: Buffer): Promise<void> {
    const reached = await this.#reach(destination);
    if ('sentence' in reached) {
      client.end(rawAnswer(reached));
      return;
    }
    const { socket } = reached;
    if (client.destroyed) {
      socket.destroy();
      return;
    }
    socket.setTimeout(this.#idleMs, () => socket.destroy());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.write(head);
    pipeline(client, socket, client, () => {
      client.destroy();
      socket.destroy();
    });
  }

  async #relay(
    target: UrlTarget | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const reached = await this.#reach(target?.destination);
    if ('sentence' in reached) answer(response, reached);
    else if (target !== undefined) this.#exchange(target, reached.socket, request, response);
  }

  /** One request and its answer on a connection of its own, both bodies as they come. */
  #exchange(target: UrlTarget, socket: Socket, request: IncomingMessage, response: ServerResponse): void {
    const chunked =
      request.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' };
    const outgoing = httpRequest({
      method: request.method,
      path: target.path,
      headers: { ...endToEnd(request.headers), ...chunked, host: target.hostHeader },
      createConnection: () => socket,
    });
    const fail = (refusal: Refusal): void => {
      if (!response.headersSent) answer(response, refusal);
      else if (!response.writableEnded) response.destroy();
      socket.destroy();
    };
    outgoing.on('error', (error) => fail(refused(502, `${target.hostHeader} broke off: ${error.message}.`)));
    socket.setTimeout(this.#idleMs, () => fail(refused(504, `no byte came for ${this.#idleMs / 1000} s.`)));
    outgoing.once('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, endToEnd(incoming.headers));
      pipeline(incoming, response, () => socket.destroy());
    });
    response.once('close', () => socket.destroy());
    pipeline(request, outgoing, () => {}); // its errors are those of `outgoing` and of `response`
  }

  /** Decides, connects and reports, once for each try. */
  async #reach(destination: Destination | undefined): Promise<Refusal | { readonly socket: Socket }> {
    if (destination === undefined) return malformed;
    const atMs = this.#wallMs();
    const report = (allowed: boolean, reason?: string) =>
      this.#options.onAttempt({
        atMs,
        ...destination,
        allowed,
        ...(reason === undefined ? {} : { reason }),
      });
    if (!this.#isAllowed(destination)) {
      report(false, 'not on the list');
      return refused(403, `${nameOf(destination)} is not on the list of hosts that this task may reach.`);
    }
    const connected = await this.#connect(destination);
    if (connected.kind === 'connected') {
      report(true);
      this.#keep(connected.socket);
      return connected;
    }
    report(connected.kind !== 'private', connected.reason);
    const status = ({ private: 403, failed: 502, 'timed-out': 504 } as const)[connected.kind];
    return refused(status, `${nameOf(destination)} was not reached: ${connected.reason}.`);
  }

  #connect(destination: Destination): Promise<Connected> {
    const { resolve = resolveBySystem, allowPrivate = false, connectTimeoutMs = 15_000 } = this.#options;
    return connectTo(destination, {
      resolve,
      allowPrivate,
      timeoutMs: connectTimeoutMs,
      signal: this.#closing.signal,
    });
  }

  /** Destroyed when the proxy is closed; its errors are seen by whoever waits for its end. */
  #keep(stream: Duplex): void {
    this.#open.add(stream);
    stream.on('error', () => stream.destroy());
    stream.once('close', () => this.#open.delete(stream));
    if (this.#closing.signal.aborted) stream.destroy();
  }
}
