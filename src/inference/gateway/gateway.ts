/**
 * How an agent that runs inside a sandbox reaches its model: a server on the host with the front doors that
 * agents speak (Responses over SSE and WebSocket, chat completions, Anthropic messages). It passes bytes
 * through, puts the provider's key in, times every request with the same RequestClock as the built-in
 * client, and keeps to the same pace and budget. Knows no sandbox: it listens on a Unix socket for each
 * trial, and whoever starts the container brings the two together.
 */
import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { InferenceError, OnExchange, OnWaiting } from '../client.ts';

export interface Gateway extends AsyncDisposable {
  openTrial(options: GatewayTrialOptions): Promise<GatewayTrial>;
}

export interface GatewayTrialOptions {
  readonly trialId: string;
  /** The models that this trial was planned with; any other name is refused. The first is the trial's own. */
  readonly models: readonly ModelProfile[];
  /** Every attempt, failed ones and side calls included, as soon as it ended. */
  readonly onRecord: (record: RequestRecord) => void;
  /** A back-off or a wait for the provider's limits begins (true) or ends (false). */
  readonly onWaiting?: OnWaiting;
  readonly onExchange?: OnExchange;
  /** Hosts that the forward proxy may reach, `*.example.org` for all below one; undefined: none. */
  readonly allowedHosts?: readonly string[];
  readonly onProxyAttempt?: (attempt: ProxyAttempt) => void;
}

export interface GatewayTrial extends AsyncDisposable {
  /** What the agent sends as its key: a bearer token or `x-api-key`. */
  readonly token: string;
  /** Unix socket of this trial alone, on the host: HTTP front doors below `/v1`, and the forward proxy. */
  readonly socketPath: string;
  /** Metadata of what the trial is at (task, step, attempt, model, trial), and the limits that hold until the next call. */
  begin(step: GatewayStep): void;
  /**
   * Aborted when the agent cannot go on through no choice of its own: retries are spent, a limit is
   * reached, the budget is gone. `failure` says which; requests that follow are answered with an error. A limit
   * holds until the next `begin`, from which on there is another signal.
   */
  readonly closed: AbortSignal;
  readonly failure: GatewayFailure | undefined;
}

export interface GatewayStep {
  readonly metadata: Readonly<Record<string, string>>;
  /** Turns; side calls and prewarms are none. */
  readonly maxTurns?: number;
  /** Input and output tokens together. */
  readonly maxTokens?: number;
}

export type GatewayFailure =
  | { readonly kind: 'provider'; readonly error: InferenceError }
  | { readonly kind: 'turn-limit' | 'token-limit' | 'budget' };

/** One try to reach a host through the forward proxy. */
export interface ProxyAttempt {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly host: string;
  readonly port: number;
  readonly allowed: boolean;
  /** Why it was refused or failed. */
  readonly reason?: string;
}
