/**
 * What a stream tells, whichever way its answer is written: the marks, the answer's items and its end. The
 * client and the gateway read through this alone; a dialect is one more file that implements it.
 */
import type { Usage } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { ConversationItem } from '../client.ts';
import type { Failure } from '../failures.ts';
import type { RequestClock } from '../request-clock.ts';

export interface StreamReader {
  readonly clock: RequestClock;
  /** One event's data; `atUs` was taken when its bytes arrived, before anybody looked at them. */
  read(text: string, atUs: number): ReadState;
  /** The stream is over; 'ended' where what came is a whole answer all the same. */
  close(atUs: number): ReadState;
  /** Undefined until an event, or the stream's own end, said how the answer ended. */
  readonly terminal: Terminal | undefined;
  readonly eventCount: number;
  readonly items: readonly ConversationItem[];
  /** The words of a refusal; '' where the model did not refuse. */
  readonly refusal: string;
  /** As the provider counted; undefined where it did not. */
  readonly usage: Usage | undefined;
  readonly responseId: string | undefined;
  readonly servedModel: string | undefined;
  readonly serverStamps: RequestRecord['serverStamps'];
  /** The server's own split of the time, raw. */
  readonly serverTiming: unknown;
}

export interface ReaderOptions {
  /** Visible text as it comes. */
  readonly onText: (delta: string) => void;
  /** For a Retry-After that is a date. */
  readonly wallMs: () => number;
}

export type Terminal =
  | { readonly kind: 'completed' }
  | { readonly kind: 'incomplete'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type ReadState = 'open' | 'ended' | 'malformed';
