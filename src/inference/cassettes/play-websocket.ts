import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import { asObject } from '../transports/json.ts';
import { readAsked, readTrial } from './asked-request.ts';
import { type PlaySink, playExchange } from './play-exchange.ts';
import { mismatchError, type PlayerParts } from './play-http.ts';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
  readonly sockets: WebSocketServer;
}

/** Opens a connection, or fails to where the recording failed to. */
export async function playUpgrade(parts: PlayerParts, upgrade: Upgrade): Promise<void> {
  const { request, stream, head, sockets } = upgrade;
  const receivedUs = parts.clock.nowUs();
  stream.on('error', () => stream.destroy());
  const asked = readTrial(request);
  const failed = typeof asked === 'string' ? undefined : await parts.replay.findAttempt(asked);
  if (failed === undefined) {
    sockets.handleUpgrade(request, stream, head, (socket) => serveSocket(parts, socket, upgrade));
    return;
  }
  const { clock, timeScale } = parts;
  const sink = refusalSink(stream);
  await playExchange({ exchange: failed, sink, clock, receivedUs, timeScale, hasLater: true });
}

function serveSocket(parts: PlayerParts, socket: WebSocket, { request, stream }: Upgrade): void {
  const sink = socketSink(socket, stream);
  socket.on('message', (data: RawData) => {
    const receivedUs = parts.clock.nowUs();
    // Rejects when the other side has gone; there is nobody to tell.
    answer(parts, { request, data, receivedUs, socket, sink }).catch(() => socket.terminate());
  });
  socket.on('error', () => socket.terminate());
}

interface Message {
  readonly request: IncomingMessage;
  readonly data: RawData;
  readonly receivedUs: number;
  readonly socket: WebSocket;
  readonly sink: PlaySink;
}

async function answer(
  { replay, clock, timeScale }: PlayerParts,
  { request, data, receivedUs, socket, sink }: Message,
): Promise<void> {
  const asked = readAsked(request, data as Buffer); // ws's own default is one Buffer
  if (typeof asked !== 'string' && !opensExchange(asked.body)) return;
  const found =
    typeof asked === 'string' ? { kind: 'mismatch' as const, message: asked } : await replay.find(asked);
  if (found.kind === 'mismatch') {
    socket.send(JSON.stringify({ type: 'error', status: 400, error: mismatchError(found.message) }));
    return;
  }
  const { exchange, hasLater } = found;
  await playExchange({ exchange, sink, clock, receivedUs, timeScale, hasLater });
}

/** Other messages (steering) belong to an exchange that is under way, which goes on as it did. */
function opensExchange(body: unknown): boolean {
  return asObject(body)?.['type'] === 'response.create';
}

function socketSink(socket: WebSocket, stream: Duplex): PlaySink {
  const controller = new AbortController();
  socket.once('close', () => controller.abort());
  return {
    accept: () => {}, // a connection that is open was accepted when it was opened
    chunk: ({ bytes, isText }) => socket.send(bytes, { binary: !isText }),
    complete: () => {},
    drop: () => whenWritten(stream, () => socket.terminate()),
    gone: controller.signal,
  };
}

function refusalSink(stream: Duplex): PlaySink {
  const controller = new AbortController();
  stream.once('close', () => controller.abort());
  return {
    accept: (status, headers) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const phrase = STATUS_CODES[status] ?? 'Refused';
      stream.write(`HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}Connection: close\r\n\r\n`);
    },
    chunk: ({ bytes }) => void stream.write(bytes),
    complete: () => void stream.end(),
    drop: () => whenWritten(stream, () => stream.destroy()),
    gone: controller.signal,
  };
}

/** What was written is handed to the system first; destroying would throw it away. */
function whenWritten(stream: Duplex, end: () => void): void {
  if (stream.writableLength > 0) stream.write('', end);
  else setImmediate(end);
}
