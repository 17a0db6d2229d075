/**
 * What a recorder is told of each exchange with a provider, by the client's transports and by the gateway's
 * upstream side: the bytes as they crossed the wire and when. Credentials are never handed to it.
 */
import type { TransportName } from '../../domain/model.ts';

export interface WireTap {
  begin(request: TappedRequest): TappedExchange;
}

export interface TappedRequest {
  readonly trialId: string;
  /** Task, step, attempt, model and trial, as the simulator is told them. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly transport: TransportName;
  /** Path after the base URL, e.g. /responses. */
  readonly path: string;
  /** The body of an HTTP request, or one WebSocket message. */
  readonly body: Uint8Array;
  /** Monotonic microseconds at which it was handed to the socket. */
  readonly sentUs: number;
}

/** Times in monotonic microseconds. Never throws. */
export interface TappedExchange {
  /** HTTP status and headers; over WebSocket only for a refused upgrade. */
  accepted(status: number, headers: Readonly<Record<string, string>>, atUs: number): void;
  /** A read of the response's body, or one WebSocket message. */
  chunk(bytes: Uint8Array, atUs: number): void;
  /** `dropped`: the connection failed or was cut; `aborted`: our side did not want more. */
  end(how: 'complete' | 'dropped' | 'aborted', atUs: number): void;
}
