import type { StoredExchange } from './read-cassette.ts';
import { mismatchOf, type RequestShape, shapeOf } from './request-shape.ts';

export interface AskedRequest {
  readonly step: string;
  readonly path: string;
  readonly body: unknown;
}

export type Found =
  | { readonly kind: 'exchange'; readonly exchange: StoredExchange }
  | { readonly kind: 'mismatch'; readonly message: string };

/** The place that a replay has come to in one recorded try. Requests are answered in the order of the recording. */
export class PlayedTry {
  readonly #left: { readonly exchange: StoredExchange; readonly shape: RequestShape }[];
  readonly #total: number;

  constructor(exchanges: readonly StoredExchange[]) {
    this.#left = exchanges
      .toSorted((a, b) => a.sentUs - b.sentUs)
      .map((exchange) => ({ exchange, shape: shapeOf(exchange.body) }));
    this.#total = exchanges.length;
  }

  /** Requests of the recording that were not asked for, connections that were only tried for left aside. */
  get notAskedFor(): number {
    return this.#left.filter(({ exchange }) => !isAttempt(exchange)).length;
  }

  /** The exchange that answers this request, which is used up by it. */
  take(asked: AskedRequest): Found {
    const lane = this.#lane(asked).filter(({ exchange }) => !isAttempt(exchange));
    const [first] = lane;
    if (first === undefined) return { kind: 'mismatch', message: this.#nothingLeft(asked) };
    const shape = shapeOf(asked.body);
    const match = lane
      .filter(({ exchange }) => exchange.sentUs <= first.exchange.sentUs + first.exchange.end.atUs)
      .find((candidate) => mismatchOf(candidate.shape, shape) === undefined);
    if (match !== undefined) return { kind: 'exchange', exchange: this.#use(match.exchange) };
    const difference = mismatchOf(first.shape, shape) ?? '';
    return { kind: 'mismatch', message: `request ${first.exchange.number} of the recording: ${difference}` };
  }

  /** The failure to connect that comes next in the recording, if one does. */
  takeAttempt(asked: Omit<AskedRequest, 'body'>): StoredExchange | undefined {
    const next = this.#lane(asked)[0]?.exchange;
    return next !== undefined && isAttempt(next) ? this.#use(next) : undefined;
  }

  /** Whether more was asked for after this exchange. */
  hasLater(exchange: StoredExchange): boolean {
    return this.#left.some((later) => later.exchange.sentUs > exchange.sentUs);
  }

  #lane({ step, path }: Omit<AskedRequest, 'body'>) {
    return this.#left.filter(
      ({ exchange }) => exchange.path.split('?')[0] === path && (exchange.metadata['step'] ?? '') === step,
    );
  }

  #use(exchange: StoredExchange): StoredExchange {
    this.#left.splice(
      this.#left.findIndex((one) => one.exchange === exchange),
      1,
    );
    return exchange;
  }

  #nothingLeft({ step, path }: AskedRequest): string {
    const where = step === '' ? '' : ` in step ${step}`;
    return `the recording has no further request to ${path}${where}; all of it holds ${this.#total}`;
  }
}

/** Nothing was sent: there was no connection to send it over. */
function isAttempt({ body }: StoredExchange): boolean {
  return body === undefined;
}
