/** A model as suites/models.yaml describes it, resolved for one arm. */
export const transportNames = ['responses-websocket', 'responses-sse', 'chat-sse', 'messages-sse'] as const;
/** How a request goes over the wire. `messages-sse` (Anthropic) is a front door of the gateway only. */
export type TransportName = (typeof transportNames)[number];
export type WorkingStyle = 'light' | 'thorough';

export interface Prices {
  /** USD for a million tokens. */
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion: number;
  readonly outputPerMillion: number;
  /** Where the figures stand, or that they are assumed. */
  readonly source: string;
}

export interface ProviderProfile {
  readonly name: string;
  readonly kind: 'openai' | 'simulated';
  readonly baseUrl?: string;
  /** Name of the environment variable that holds the key; undefined: none is sent. */
  readonly apiKeyEnv?: string;
  /** Who answers where no provider does; such a server is told a trial's metadata in a header. */
  readonly playedBy?: 'simulator' | 'cassette';
  readonly limits?: ProviderLimits;
  /** Undefined: as evalrun retries by itself. */
  readonly retry?: ProviderRetry;
}

/** How a request that failed is tried again; what is undefined is as evalrun does it by itself. */
interface ProviderRetry {
  /** Tries in all. */
  readonly maxAttempts?: number | undefined;
  /** The wait doubles from the first to the longest. */
  readonly firstWaitSec?: number | undefined;
  readonly longestWaitSec?: number | undefined;
}

/** What a provider's account allows; undefined: no limit of ours. */
export interface ProviderLimits {
  readonly requestsPerMinute?: number | undefined;
  /** Input and output together. */
  readonly tokensPerMinute?: number | undefined;
  /** Highest number of requests at a time; the adaptive limit stays at or below it. */
  readonly maxConcurrency?: number | undefined;
}

export interface ModelProfile {
  /** What people type: spark, deep. */
  readonly alias: string;
  readonly provider: ProviderProfile;
  /** The name that goes over the wire. */
  readonly model: string;
  readonly transport: TransportName;
  readonly effort?: string;
  readonly style: WorkingStyle;
  readonly contextTokens: number;
  readonly maxOutputTokens?: number;
  /** Longest silence within an answer; undefined: five minutes. */
  readonly stallTimeoutSec?: number;
  /** Whether it takes `response.steer` over a WebSocket. */
  readonly canSteer?: boolean;
  readonly prices?: Prices;
  /** The simulator's profile that plays this model; its figures say what is published and what assumed. */
  readonly simulation?: SimulationProfile;
}

/** A figure with its source: a publication, or 'assumed'. */
interface SourcedFigure {
  readonly value: number;
  readonly source: string;
}

export interface SimulationProfile {
  /** Log-normal time from request to first token: median and sigma of its logarithm. */
  readonly ttftMedianMs: SourcedFigure;
  readonly ttftSigma: SourcedFigure;
  readonly tokensPerSecond: SourcedFigure;
  /** Added to every round trip before anything is sent. */
  readonly roundTripOverheadMs: SourcedFigure;
  /** Chance to solve a task, by difficulty; `default` where the task names none. */
  readonly successRate: Readonly<Record<string, SourcedFigure>>;
}

/** Tokens as the provider's usage counts them; `reasoning` is part of `output`, `cached` part of `input`. */
export interface Usage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly reasoning: number;
  /** True where the answer carried no usage and the figures were estimated. */
  readonly estimated: boolean;
}

export const noUsage: Usage = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input: a.input + b.input,
    cachedInput: a.cachedInput + b.cachedInput,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    estimated: a.estimated || b.estimated,
  };
}

/** Undefined where the model has no prices. */
export function costUsd(usage: Usage, prices: Prices | undefined): number | undefined {
  if (prices === undefined) return undefined;
  const fresh = usage.input - usage.cachedInput;
  return (
    (fresh * prices.inputPerMillion +
      usage.cachedInput * prices.cachedInputPerMillion +
      usage.output * prices.outputPerMillion) /
    1e6
  );
}
