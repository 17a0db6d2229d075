import { type Failure, failure } from '../failures.ts';
import type { ExchangeEnding } from './transport.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Called once, with the first ending; what comes later is too late. */
  readonly onEnd: (ending: ExchangeEnding) => void;
}

/** Ends an exchange once: by its answer, a failure, silence or the caller's signal, whichever is first. */
export class StreamWatch {
  readonly #options: WatchOptions;
  readonly #onAbort = () => this.end({ kind: 'aborted' });
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** From now on, `limitMs` without a `touch` end the exchange with this failure. */
  limit(limitMs: number, failureOf: () => Failure): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.fail(failureOf()), limitMs);
  }

  limitStall(limitMs: number): void {
    this.limit(limitMs, () => failure('stalled', `nothing came for ${limitMs} ms`));
  }

  /** Until the next limit there is none: whoever waits now is not the other side. */
  suspend(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something arrived. */
  touch(): void {
    this.#timer?.refresh();
  }

  fail(reason: Failure): void {
    this.end({ kind: 'failed', failure: reason });
  }

  end(ending: ExchangeEnding): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#options.onEnd(ending);
  }
}
