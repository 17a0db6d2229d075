import { HTTPParser } from 'http-parser-js';

/** What comes before a body: of a request its method and target, of an answer its status. */
export interface MessageHead {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly statusMessage: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Names in lower case; those that came more than once joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly isHttp10: boolean;
  /** CONNECT, or a protocol to change to: what follows is no HTTP. */
  readonly isUpgrade: boolean;
  readonly keepsAlive: boolean;
}

export interface MessageEvents {
  /** False: what follows is not for this parser; it stops after the head. */
  onHead(head: MessageHead): boolean;
  onBody(chunk: Buffer): void;
  onEnd(): void;
}

/** The parser counts, as a head's, what was read together with it: up to 64 KiB of the message before. */
const longestHead = 192 * 1024;
/** Of a line between chunks, and of the lines after the last one. */
const longestLine = 16 * 1024;
const mostTrailers = 200;
/** What the parser wants to hear where nothing more is to be parsed as HTTP. */
const stop = 2;
/** And where no body follows, whatever the head says of one. */
const noBody = 1;

HTTPParser.encoding = 'latin1';
HTTPParser.maxHeaderSize = longestHead;

/** What the parser holds that its types keep to themselves. */
interface Inside {
  readonly state: string;
  readonly offset: number;
  readonly end: number;
  readonly line: string;
  readonly trailers: readonly string[];
  readonly body_bytes: number | null;
  BODY_CHUNKHEAD(): void;
}

/** Reads the messages of one connection, one after another; strict about where a body ends. */
export class MessageParser {
  readonly #parser: InstanceType<typeof HTTPParser>;
  readonly #inside: Inside;
  #isStopped = false;

  constructor(kind: 'REQUEST' | 'RESPONSE', events: MessageEvents) {
    const parser = new HTTPParser(kind);
    this.#parser = parser;
    this.#inside = parser as unknown as Inside;
    refuseOddChunks(this.#inside);
    parser[HTTPParser.kOnHeadersComplete] = (info) => {
      this.#isStopped = !events.onHead(headOf(info));
      return this.#isStopped ? stop : hasNoBody(info.statusCode) ? noBody : 0;
    };
    parser[HTTPParser.kOnBody] = (chunk) => events.onBody(chunk);
    parser[HTTPParser.kOnMessageComplete] = () => {
      if (!this.#isStopped) events.onEnd();
    };
  }

  /** Within `onEnd`: bytes came together with the message that are behind it. */
  get hasMore(): boolean {
    return this.#inside.offset < this.#inside.end;
  }

  /** How many bytes were read: all, unless it was stopped; or what is wrong with them. */
  read(bytes: Buffer): number | Error {
    let read: number | Error;
    try {
      read = this.#parser.execute(bytes);
    } catch (error) {
      if (error instanceof MalformedMessage) return error;
      throw error;
    }
    const { line, trailers, state } = this.#inside;
    const isLong = line.length > longestLine && state.startsWith('BODY_'); // a head has its own limit
    const isEndless = isLong || trailers.length > 2 * mostTrailers;
    return isEndless && typeof read === 'number' ? new MalformedMessage('a line without an end') : read;
  }

  /** The connection has ended; an error where that was within a message. */
  end(): Error | undefined {
    return this.#parser.finish() ?? undefined;
  }
}

class MalformedMessage extends Error {}

/** By itself it takes a size that is no number for the end of the body: an answer that was garbled would be whole. */
function refuseOddChunks(parser: Inside): void {
  const readSize = parser.BODY_CHUNKHEAD;
  parser.BODY_CHUNKHEAD = () => {
    readSize.call(parser);
    const { body_bytes: size } = parser;
    if (size !== null && !(size >= 0)) throw new MalformedMessage(`a chunk of ${size} bytes`);
  };
}

type Info = Parameters<InstanceType<typeof HTTPParser>['onHeadersComplete']>[0];

function headOf(info: Info): MessageHead {
  const headers = joined(info.headers);
  const length = headers['content-length'];
  const encoding = headers['transfer-encoding'];
  if (length !== undefined && (encoding !== undefined || !/^\d{1,15}$/.test(length))) {
    throw new MalformedMessage(
      `a content-length of "${length}"${encoding === undefined ? '' : ' and chunks'}`,
    );
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    throw new MalformedMessage(`a transfer-encoding of "${encoding}"`);
  }
  return {
    method: HTTPParser.methods[info.method] ?? '',
    url: info.url,
    status: info.statusCode,
    statusMessage: info.statusMessage,
    rawHeaders: info.headers,
    headers,
    isHttp10: info.versionMajor === 1 && info.versionMinor === 0,
    isUpgrade: info.upgrade,
    keepsAlive: info.shouldKeepAlive,
  };
}

/** RFC 9112, 6.3. */
function hasNoBody(status: number | undefined): boolean {
  return status !== undefined && (status < 200 || status === 204 || status === 304);
}

function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null); // a header may be called `constructor`
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
