/**
 * A provider that costs next to nothing, in a process of its own: written on sockets, with events that are
 * serialised beforehand, since node:http holds a write back until the end of its tick, and a stamp taken
 * before such a write would not be the time at which it went out. `metadata` of a request says how many
 * tokens come, how fast, how many of them in one write, and after how long. Its stamps of what it received
 * and sent go out before the last event, as `evalrun.stamps`, to whoever asks.
 */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/lib/clock.ts';

interface Wanted {
  readonly tokens: number;
  readonly perSecond: number;
  readonly bundle: number;
  readonly ttftMs: number;
}

interface Framing {
  /** Bytes of so many of the same event in one write. */
  frames(text: string, count: number): Buffer;
  readonly head: Buffer;
  readonly tail: Buffer;
}

const created =
  '{"type":"response.created","response":{"id":"resp_1","model":"fast","status":"in_progress"}}';
const delta =
  '{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"token ","logprobs":[]}';

/** `ownUs`: how long the first token took here. */
function completed(tokens: number, ownUs: number): string {
  const usage = { input_tokens: 10, output_tokens: tokens, total_tokens: tokens + 10 };
  const metadata = { ownUs: String(ownUs) };
  const response = { id: 'resp_1', model: 'fast', status: 'completed', output: [], usage, metadata };
  return JSON.stringify({ type: 'response.completed', response });
}

/** The delta is written most: its bytes are made once for each number of them. */
function remembering(make: (text: string, count: number) => Buffer): Framing['frames'] {
  const known = new Map<number, Buffer>();
  return (text, count) => {
    if (text !== delta) return make(text, count);
    const bytes = known.get(count) ?? make(text, count);
    known.set(count, bytes);
    return bytes;
  };
}

const sse: Framing = {
  head: Buffer.from(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
  ),
  tail: Buffer.from('0\r\n\r\n'),
  frames: remembering((text, count) => {
    const type = /"type":"([^"]+)"/.exec(text)?.[1];
    const events = `event: ${type}\ndata: ${text}\n\n`.repeat(count);
    return Buffer.from(`${Buffer.byteLength(events).toString(16)}\r\n${events}\r\n`);
  }),
};

const webSocket: Framing = {
  head: Buffer.alloc(0),
  tail: Buffer.alloc(0),
  frames: remembering((text, count) => {
    const frame = frameOf(Buffer.from(text));
    return Buffer.concat(Array.from({ length: count }, () => frame));
  }),
};

/** A text frame as servers send it, without a mask. */
function frameOf(payload: Buffer): Buffer {
  const isShort = payload.length < 126;
  const head = Buffer.alloc(isShort ? 2 : 4);
  head[0] = 0x81;
  head[1] = isShort ? payload.length : 126;
  if (!isShort) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** From `12`, or `8-16`: streams of one length would go on in step, and measure the herd. */
function drawn(range: string): number {
  const [least = 1, most = least] = range.split('-').map(Number);
  return least + Math.floor(Math.random() * (most - least + 1));
}

class Stream {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #wanted: Wanted;
  readonly #sendsStamps: boolean;
  readonly #startUs: number;
  readonly #stamps: { received: number; firstToken?: number; lastToken?: number; completed?: number };
  #sent = 0;

  constructor(socket: Socket, framing: Framing, body: string, receivedUs: number, sendsStamps: boolean) {
    this.#socket = socket;
    this.#framing = framing;
    this.#sendsStamps = sendsStamps;
    const { metadata = {} } = JSON.parse(body);
    this.#wanted = {
      tokens: drawn(metadata.tokens ?? '1'),
      perSecond: Number(metadata.perSecond ?? 1000),
      bundle: Number(metadata.bundle ?? 1),
      ttftMs: Number(metadata.ttftMs ?? 0),
    };
    this.#stamps = { received: receivedUs };
    // Spread over the time between two tokens: streams that all tick together measure the herd.
    const { ttftMs, perSecond } = this.#wanted;
    this.#startUs = receivedUs + ttftMs * 1000 + (ttftMs === 0 ? 0 : (Math.random() * 1e6) / perSecond);
    socket.write(Buffer.concat([framing.head, framing.frames(created, 1)]));
  }

  /** Writes what is due; true when that was all. */
  tick(nowUs: number): boolean {
    if (this.#socket.destroyed) return true;
    const { tokens, perSecond, bundle } = this.#wanted;
    if (this.#socket.writableNeedDrain || nowUs < this.#startUs) return false;
    const due = Math.min(tokens, 1 + Math.floor(((nowUs - this.#startUs) * perSecond) / 1e6));
    const count = Math.min(due - this.#sent, 64);
    if (count > 0 && (count >= bundle || due === tokens || this.#sent === 0)) this.#write(count);
    if (this.#sent < tokens) return false;
    this.#end();
    return true;
  }

  #write(count: number): void {
    const bytes = this.#framing.frames(delta, count);
    const nowUs = systemClock.nowUs();
    this.#stamps.firstToken ??= nowUs;
    this.#stamps.lastToken = nowUs;
    this.#socket.write(bytes);
    this.#sent += count;
  }

  #end(): void {
    const { received, firstToken = Number.NaN } = this.#stamps;
    const last = this.#framing.frames(completed(this.#wanted.tokens, firstToken - received), 1);
    this.#stamps.completed = systemClock.nowUs();
    const stamps = JSON.stringify({ type: 'evalrun.stamps', stamps: this.#stamps });
    const before = this.#sendsStamps ? this.#framing.frames(stamps, 1) : Buffer.alloc(0);
    this.#socket.write(Buffer.concat([before, last, this.#framing.tail]));
  }
}

const streams = new Set<Stream>();

function begin(stream: Stream): void {
  if (!stream.tick(systemClock.nowUs())) streams.add(stream);
}

setInterval(() => {
  for (const stream of streams) if (stream.tick(systemClock.nowUs())) streams.delete(stream);
}, 1);

const server = createServer({ noDelay: true }, (socket) => {
  let buffered: Buffer = Buffer.alloc(0);
  let sendsStamps = false;
  let speaks: 'http' | 'websocket' = 'http';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const receivedUs = systemClock.nowUs();
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    for (;;) {
      const read = speaks === 'http' ? readHttp(buffered) : readFrame(buffered);
      if (read === undefined) return;
      buffered = buffered.subarray(read.size);
      if (read.upgradeKey !== undefined) {
        speaks = 'websocket';
        sendsStamps = read.sendsStamps;
        socket.write(acceptance(read.upgradeKey));
      } else if (speaks === 'http') begin(new Stream(socket, sse, read.text, receivedUs, read.sendsStamps));
      else if (read.text !== '') begin(new Stream(socket, webSocket, read.text, receivedUs, sendsStamps));
    }
  });
});

interface Read {
  readonly size: number;
  readonly text: string;
  readonly sendsStamps: boolean;
  readonly upgradeKey?: string | undefined;
}

function readHttp(bytes: Buffer): Read | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const size = end + 4 + length;
  if (bytes.length < size) return undefined;
  return {
    size,
    text: bytes.toString('utf8', end + 4, size),
    sendsStamps: /x-evalrun-stamps/i.test(head),
    upgradeKey: /sec-websocket-key: (\S+)/i.exec(head)?.[1],
  };
}

function readFrame(bytes: Buffer): Read | undefined {
  if (bytes.length < 6) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const headSize = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < headSize + 4) return undefined;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const size = headSize + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(headSize, headSize + 4);
  const payload = bytes.subarray(headSize + 4, size).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  const isText = ((bytes[0] ?? 0) & 0x0f) === 1;
  return { size, text: isText ? Buffer.from(payload).toString('utf8') : '', sendsStamps: false };
}

function acceptance(key: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`;
}

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
