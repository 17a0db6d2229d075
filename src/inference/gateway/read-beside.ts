import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import { failure } from '../failures.ts';
import { conclude, feed } from '../transports/feed.ts';
import type { StreamReader } from '../transports/stream-reader.ts';
import type { StreamWatch } from '../transports/stream-watch.ts';
import { type Door, readAnswer } from './doors.ts';
import type { Deferred, Later } from './later.ts';

/** Reads an answer's body beside its way to the agent, with the stamps of its arrival. */
interface BodyReading {
  take(chunk: Buffer, atUs: number): void;
  end(atUs: number): void;
}

/** What a body may hold that is not passed on piece by piece but has to be kept until it can be read. */
const longestPiece = 64 * 1024 * 1024;

export function readEvents(reader: StreamReader, watch: StreamWatch): BodyReading {
  const decoder = new StringDecoder('utf8');
  let atUs = 0;
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: longestPiece,
    // An event after the last one of the answer may still bring the server's timing.
    onEvent: ({ data }) => void (watch.ended ? reader.read(data, atUs) : feed(reader, data, atUs, watch)),
    onError: ({ type }) => {
      if (type !== 'max-buffer-size-exceeded') return; // fields that nobody knows
      isTooLong = true;
      watch.fail(failure('malformed', `an event of more than ${longestPiece} bytes`));
    },
  });
  return {
    take: (chunk, arrivedUs) => {
      atUs = arrivedUs;
      if (!isTooLong) parser.feed(decoder.write(chunk));
    },
    end: (endedUs) => conclude(reader, endedUs, watch),
  };
}

export function readJson(door: Door, reader: StreamReader, watch: StreamWatch): BodyReading {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    take: (chunk) => {
      size += chunk.length;
      if (size <= longestPiece) chunks.push(chunk);
    },
    end: (endedUs) => {
      const text = Buffer.concat(chunks).toString('utf8');
      const isRead = size <= longestPiece && readAnswer(door, reader, text, endedUs);
      if (!isRead) watch.fail(failure('malformed', `no JSON object: ${text.slice(0, 200)}`));
      conclude(reader, endedUs, watch); // it may say of itself that it failed
      watch.end({ kind: 'answered' });
    },
  };
}

/** Chunks that have gone on and are still to be read. */
export class Beside implements Deferred {
  readonly #begin: () => BodyReading;
  readonly #later: Later;
  readonly #onRead: (chunk: Buffer, atUs: number) => void;
  #reading: BodyReading | undefined;
  #pending: { readonly chunk: Buffer; readonly atUs: number }[] = [];

  /** `begin` is called when there is something to read, after it has gone on. */
  constructor(begin: () => BodyReading, later: Later, onRead: (chunk: Buffer, atUs: number) => void) {
    this.#begin = begin;
    this.#later = later;
    this.#onRead = onRead;
  }

  push(chunk: Buffer, atUs: number): void {
    this.#pending.push({ chunk, atUs });
    this.#later.add(this);
  }

  drain(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    for (const { chunk, atUs } of pending) {
      this.#onRead(chunk, atUs);
      this.#open.take(chunk, atUs);
    }
  }

  end(atUs: number): void {
    this.drain();
    this.#open.end(atUs);
  }

  get #open(): BodyReading {
    this.#reading ??= this.#begin();
    return this.#reading;
  }
}
