import type { ModelProfile, TransportName } from '../domain/model.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import { readRequests } from '../results/read-requests.ts';
import { readRun } from '../results/result-store.ts';

export const overResponses = ['responses-websocket', 'responses-sse'] as const;
export const tokensPerSecond = 2_000;

/** Each is a model with a fault and a provider of its own, so that one run holds many and none waits for another's. */
export interface FaultCase {
  readonly alias: string;
  readonly transport: TransportName;
  /** With its selector, but for the model. */
  readonly fault: string;
}

/** What a fault that struck one request has to leave in its record. */
export interface StruckOnce {
  readonly fault: string;
  readonly kind: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The connection was at fault: the same goes out again at once, and its record says why. */
  readonly reconnect?: string;
  /** Default: both transports of the Responses API. */
  readonly transports?: readonly TransportName[];
}

export const struckOnce: readonly StruckOnce[] = [
  { fault: '429:retry-after=0.4', kind: 'rate-limited', status: 429, retryAfterMs: 400 },
  { fault: '429', kind: 'rate-limited', status: 429 },
  { fault: '500', kind: 'server', status: 500 },
  { fault: '529', kind: 'overloaded', status: 529 },
  { fault: 'stall', kind: 'stalled' },
  { fault: 'cut:after=4', kind: 'stream-cut' },
  { fault: 'half-event:after=4', kind: 'stream-cut' },
  { fault: 'malformed', kind: 'malformed' },
  { fault: 'drop-connection', kind: 'connect', reconnect: 'connection-dropped' },
  {
    fault: 'previous-not-found',
    kind: 'invalid-request',
    reconnect: 'previous-response-not-found',
    transports: ['responses-websocket'],
  },
  {
    fault: 'connection-limit',
    kind: 'invalid-request',
    reconnect: 'connection-limit',
    transports: ['responses-websocket'],
  },
];

/** Answers that arrive or count otherwise than they should and are right all the same. */
export const rightAllTheSame = [
  'duplicate',
  'out-of-order',
  'bundle',
  'empty-first:count=3',
  'burst',
  'hidden-reasoning',
  'wrong-usage',
  'no-usage',
] as const;

/** What never passes, with the reason that the trial has to give and whether it is worth another try. */
export const never: readonly {
  readonly fault: string;
  readonly code: string;
  readonly retryable: boolean;
}[] = [
  { fault: '429:retry-after=0.1', code: 'rate-limited', retryable: true },
  { fault: '429', code: 'rate-limited', retryable: true },
  { fault: '500', code: 'server', retryable: true },
  { fault: '529', code: 'overloaded', retryable: true },
  { fault: 'stall', code: 'stalled', retryable: true },
  { fault: 'cut:after=2', code: 'stream-cut', retryable: true },
  { fault: 'half-event:after=2', code: 'stream-cut', retryable: true },
  { fault: 'malformed', code: 'malformed', retryable: true },
  { fault: 'drop-connection', code: 'connect', retryable: true },
  { fault: 'quota', code: 'rate-limited', retryable: false },
  { fault: '401', code: 'authentication', retryable: false },
  { fault: '400', code: 'invalid-request', retryable: false },
];

export const aliasOf = (fault: string, transport: TransportName): string =>
  `${fault.replace(/[^a-z0-9]+/g, '-')}-${transport}`;

/** Short waits, so that what is tried again is soon at its end. */
export const patience = {
  stallTimeoutSec: 2,
  retry: { maxAttempts: 3, firstWaitSec: 0.05, longestWaitSec: 0.1 },
} as const satisfies Pick<ModelProfile, 'stallTimeoutSec'> & { retry: ModelProfile['provider']['retry'] };

export interface FaultTry {
  readonly record: TrialRecord;
  readonly requests: readonly RequestRecord[];
}

/** What a run of fault cases left, by the alias of the case. */
export async function triesByAlias(runFolder: string): Promise<ReadonlyMap<string, readonly FaultTry[]>> {
  const tries = new Map<string, FaultTry[]>();
  for (const record of (await readRun(runFolder)).records.values) {
    const { values: requests } = await readRequests(runFolder, record.folder);
    const alias = record.arm.model ?? '';
    tries.set(alias, [...(tries.get(alias) ?? []), { record, requests }]);
  }
  return tries;
}

/** The outcome of a trial that came to its end all the same. */
export const solved = { status: 'judged', resolved: true, rewards: { reward: 1 }, ending: 'finished' };
