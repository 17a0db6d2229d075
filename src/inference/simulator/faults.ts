/** What a request may meet beside or instead of its answer, and who chooses it. */
import type { CreateRequest } from './create-request.ts';

export type Fault = RefusalFault | ConnectionFault | StreamFault | AnswerFault;

/** The request is refused before anything is answered. */
type RefusalFault =
  /** An HTTP status, or the same as an `error` event over WebSocket. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSec?: number;
      /** As the API sends it: {error: {code, message, type}}. */
      readonly body?: { readonly error: Readonly<Record<string, unknown>> };
    }
  /** WebSocket only, and only where a response is continued: HTTP never knows one. */
  | { readonly kind: 'previous-not-found' };

type ConnectionFault =
  /** The connection ends before anything is sent. */
  | { readonly kind: 'drop-connection' }
  /** WebSocket only: the connection's sixty minutes are over. */
  | { readonly kind: 'connection-limit' };

/** The answer is right and its events do not arrive as they should. */
export type StreamFault =
  /** Nothing comes any more, after so many events (2: the answer has begun). */
  | { readonly kind: 'stall'; readonly afterEvents?: number }
  /** The connection ends after so many events. */
  | { readonly kind: 'cut'; readonly afterEvents: number }
  /** The connection ends in the middle of the event after so many (5). */
  | { readonly kind: 'half-event'; readonly afterEvents?: number }
  /** In the place of the event after so many (2) stands what is not JSON; the stream ends there. */
  | { readonly kind: 'malformed'; readonly afterEvents?: number }
  /** Every event between the first and the last is sent twice, with the same sequence number. */
  | { readonly kind: 'duplicate' }
  /** Deltas change places with the events behind them. */
  | { readonly kind: 'out-of-order' }
  /** Deltas hold so many tokens each. */
  | { readonly kind: 'bundle'; readonly tokens: number }
  /** So many empty deltas come when the answer begins, long before its first token. */
  | { readonly kind: 'empty-first'; readonly count: number }
  /** Everything is held back and comes at the end, at once. */
  | { readonly kind: 'burst' };

/** The answer itself is other than it should be. */
type AnswerFault =
  /** Output tokens are the true ones times so many. */
  | { readonly kind: 'wrong-usage'; readonly factor: number }
  | { readonly kind: 'no-usage' }
  /** So many tokens of reasoning that take their time and are not shown. */
  | { readonly kind: 'hidden-reasoning'; readonly tokens: number };

/** `sse` is a request to /v1/responses over HTTP, `chat` and `messages` are the other two APIs. */
export type FrontName = 'sse' | 'websocket' | 'chat' | 'messages';

export interface FaultRequest {
  readonly transport: FrontName;
  /** As it came over the wire. */
  readonly request: CreateRequest;
  /** 1-based over the simulator's life. */
  readonly number: number;
}

export type ChooseFault = (request: FaultRequest) => Fault | undefined;

/** The WebSocket is not opened; 426 says that HTTP will do. */
export interface RefusedUpgrade {
  readonly status: number;
}

/** By the upgrade's number, 1-based over the simulator's life. */
export type ChooseRefusedUpgrade = (number: number) => RefusedUpgrade | undefined;
