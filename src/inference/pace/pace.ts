/**
 * How fast a provider may be asked: requests and tokens a minute, and a number of requests at a time that
 * grows slowly and backs off when the provider says that it is too much. One for the whole run, shared by
 * the client and the gateway. Knows no wire and no trial.
 */
import type { ProviderProfile } from '../../domain/model.ts';

export interface Pace {
  /** Waits until one more request may go. Never rejects; `aborted` when the signal came first. */
  admit(request: AdmitRequest): Promise<Admission | 'aborted'>;
  /** Every change of a provider's concurrency, in order. */
  history(): readonly PaceChange[];
}

export interface AdmitRequest {
  readonly provider: ProviderProfile;
  /** Tokens that the request is likely to take, input and output. */
  readonly expectedTokens: number;
  readonly signal: AbortSignal;
  /** Called, before `admit` returns, where it has to wait: for so long at the least, 0 where nobody knows. */
  readonly onWait?: (atLeastMs: number) => void;
}

export interface Admission {
  /** Microseconds from the call to the leave to send. */
  readonly waitedUs: number;
  /** To be called once, when the request has ended. */
  release(result: AdmissionResult): void;
}

export interface AdmissionResult {
  /** The provider said 429, 503 or 529. */
  readonly overloaded: boolean;
  readonly retryAfterMs?: number;
  /** What was really taken; undefined where nobody said. */
  readonly tokens?: number;
  /** Nothing was sent: the minute gets everything back, and nothing is learnt of the provider. */
  readonly unsent?: boolean;
}

export interface PaceChange {
  readonly provider: string;
  /** Microseconds on the monotonic clock. */
  readonly atUs: number;
  readonly concurrency: number;
  readonly reason: 'start' | 'grew' | 'overloaded';
}
