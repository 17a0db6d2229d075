import type { CassetteLine } from './cassette-schema.ts';
import { bytesOf, type Redact, requestLine } from './encode-lines.ts';
import { keptHeaders } from './kept-headers.ts';
import type { TryFile } from './try-file.ts';
import type { TappedExchange, TappedRequest } from './wire-tap.ts';

export interface RecordedExchangeOptions {
  readonly number: number;
  readonly request: TappedRequest;
  readonly file: TryFile;
  readonly redact: Redact;
  readonly onEnd: () => void;
}

/** Room that a line takes beside its bytes. */
const framingBytes = 100;

/** One request and what comes for it, written down as it comes. */
export class RecordedExchange implements TappedExchange {
  readonly #options: RecordedExchangeOptions;
  #lastUs = 0;
  #ended = false;

  constructor(options: RecordedExchangeOptions) {
    this.#options = options;
    const { number, request, redact } = options;
    this.#write(request.body.byteLength, () => requestLine(number, request, redact));
  }

  accepted(status: number, headers: Readonly<Record<string, string>>, atUs: number): void {
    const at = this.#at(atUs);
    this.#write(1000, () => ({
      kind: 'accepted',
      exchange: this.#options.number,
      status,
      headers: keptHeaders(headers),
      ...at,
    }));
  }

  chunk(bytes: Uint8Array, atUs: number): void {
    const at = this.#at(atUs);
    const { number, redact } = this.#options;
    this.#write(bytes.byteLength, () => ({
      kind: 'chunk',
      exchange: number,
      ...at,
      ...bytesOf(redact(bytes)),
    }));
  }

  end(how: 'complete' | 'dropped' | 'aborted', atUs: number): void {
    if (this.#ended) return;
    const at = this.#at(atUs);
    this.#write(0, () => ({ kind: 'end', exchange: this.#options.number, how, ...at }));
    this.#ended = true;
    this.#options.onEnd();
  }

  /** Nobody has said how it ended. */
  giveUp(): void {
    this.end('aborted', this.#options.request.sentUs + this.#lastUs);
  }

  #at(atUs: number): { atUs: number } {
    this.#lastUs = Math.max(this.#lastUs, atUs - this.#options.request.sentUs);
    return { atUs: this.#lastUs };
  }

  #write(sizeBytes: number, line: () => CassetteLine): void {
    if (this.#ended) return;
    this.#options.file.append(sizeBytes + framingBytes, () => `${JSON.stringify(line())}\n`);
  }
}
