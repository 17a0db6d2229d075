/**
 * One way over the wire, for one session: it sends a request, stamps what arrives and says how the exchange
 * ended. It knows neither retries nor records; `session.ts` makes those out of what it tells.
 */
import type { ModelProfile } from '../../domain/model.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WireTap } from '../cassettes/wire-tap.ts';
import type { ModelRequest, SteerOrder } from '../client.ts';
import type { Failure } from '../failures.ts';
import type { StreamReader } from './stream-reader.ts';

export interface Transport {
  /** Never throws for what the other side does. */
  exchange(exchange: Exchange): Promise<Exchanged>;
  /** Closes what is open, at once. Harmless when called twice. */
  close(): void;
}

export interface TransportOptions {
  readonly model: ModelProfile;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly trialId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Longest silence between two arrivals. */
  readonly stallTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly tap?: WireTap;
}

export interface Exchange {
  readonly request: ModelRequest;
  /** Is fed every event of the stream; a fresh one for each exchange. */
  readonly reader: StreamReader;
  readonly signal: AbortSignal;
  /** Only the WebSocket knows how; the others leave it alone. */
  readonly steer?: SteerOrder;
}

export interface Exchanged {
  readonly ending: ExchangeEnding;
  readonly facts: ExchangeFacts;
}

export type ExchangeEnding =
  /** A terminal event came; the reader knows which. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What the transport alone knows of an exchange; filled while it goes on. */
export interface ExchangeFacts {
  connectionReused: boolean;
  chained: boolean;
  reconnect?: string;
  httpStatus?: number;
  requestBytes: number;
  connectStart?: number;
  connectEnd?: number;
  t0: number;
  accepted?: number;
  steer?: 'ended-by' | 'successor';
}
