import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { describeSocketError, type Failure, failure, failureOfStatus } from '../failures.ts';

export interface OpenWebSocketOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
  /** For a Retry-After that is a date. */
  readonly wallMs: () => number;
  readonly signal: AbortSignal;
  /** At once when it is open, before anything that comes over it. */
  readonly onOpen?: (socket: WebSocket) => void;
}

export type Opened =
  | { readonly status: 'open'; readonly socket: WebSocket; readonly upgrade: IncomingMessage }
  | { readonly status: 'failed'; readonly failure: Failure; readonly refusal?: RefusedUpgrade }
  | { readonly status: 'aborted' };

/** An HTTP answer in place of the connection. */
export interface RefusedUpgrade {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** At most the first 64 KiB. */
  readonly body: Buffer;
}

const longestRefusal = 64 * 1024;

/** Opens a WebSocket; a refused upgrade is read like any HTTP error. Never rejects. */
export function openWebSocket(options: OpenWebSocketOptions): Promise<Opened> {
  const { signal } = options;
  const { promise, resolve } = Promise.withResolvers<Opened>();
  const socket = new WebSocket(websocketUrl(options.url), {
    headers: { ...options.headers },
    // Compressing gathers and delays; on small frames it costs more than it saves. TCP_NODELAY is ws's own default.
    perMessageDeflate: false,
    handshakeTimeout: options.connectTimeoutMs,
    // The text goes to JSON.parse, or on to somebody who checks it.
    skipUTF8Validation: true,
  });
  const settle = (opened: Opened) => {
    signal.removeEventListener('abort', onAbort);
    resolve(opened); // before terminate, which reports an error of its own
    if (opened.status !== 'open') socket.terminate();
  };
  const onAbort = () => settle({ status: 'aborted' });

  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let upgrade: IncomingMessage | undefined;
  socket.once('upgrade', (response) => {
    upgrade = response;
  });
  socket.once('open', () => {
    options.onOpen?.(socket);
    if (upgrade !== undefined) settle({ status: 'open', socket, upgrade });
  });
  // Stays for the life of the socket: after an error comes `close`, which the exchange listens to.
  socket.on('error', (error) => {
    settle({ status: 'failed', failure: failure('connect', describeSocketError(error)) });
  });
  socket.once('unexpected-response', (_request, response) => {
    void readRefusal(response, options).then((refused) => settle({ status: 'failed', ...refused }));
  });
  return promise;
}

function websocketUrl(url: URL): URL {
  const changed = new URL(url);
  changed.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return changed;
}

async function readRefusal(
  response: IncomingMessage,
  { connectTimeoutMs, wallMs }: OpenWebSocketOptions,
): Promise<{ readonly failure: Failure; readonly refusal: RefusedUpgrade }> {
  const limit = AbortSignal.timeout(connectTimeoutMs);
  const stop = () => response.destroy();
  limit.addEventListener('abort', stop);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer); // no encoding is set: these are buffers
      size += (chunk as Buffer).length;
      if (size >= longestRefusal) break;
    }
  } catch {
    // The status alone says enough.
  } finally {
    limit.removeEventListener('abort', stop);
  }
  const { statusCode: status = 0, headers, rawHeaders } = response;
  const body = Buffer.concat(chunks).subarray(0, longestRefusal);
  return {
    failure: failureOfStatus(status, body.toString(), headers, wallMs()),
    refusal: { status, headers, rawHeaders, body },
  };
}
