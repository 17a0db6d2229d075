/** The faults by the names that people type. A new kind is one entry here, and one in docs/simulator.md. */
import type { Fault, FrontName } from './faults.ts';

/** Figures and texts of a fault as they were written, each checked when it is read. */
export interface FaultParameters {
  /** A whole number of at least `least`. */
  whole(name: string, usual: number, least: number): number;
  /** A number of at least 0. */
  figure(name: string): number | undefined;
  text(name: string): string | undefined;
}

export interface FaultKind {
  readonly parameters: readonly string[];
  /** Default: every front. */
  readonly fronts?: readonly FrontName[];
  readonly make: (parameters: FaultParameters) => Fault;
}

/** Refuses the upgrade itself, before there is a request; its only parameter is `status`. */
export const upgradeRefused = 'upgrade-refused';

export const faultKinds: Readonly<Record<string, FaultKind>> = {
  stall: {
    parameters: ['after'],
    make: ({ whole }) => ({ kind: 'stall', afterEvents: whole('after', 2, 1) }),
  },
  cut: {
    parameters: ['after'],
    make: ({ whole }) => ({ kind: 'cut', afterEvents: whole('after', 5, 1) }),
  },
  'half-event': {
    parameters: ['after'],
    make: ({ whole }) => ({ kind: 'half-event', afterEvents: whole('after', 5, 0) }),
  },
  malformed: {
    parameters: ['after'],
    make: ({ whole }) => ({ kind: 'malformed', afterEvents: whole('after', 2, 0) }),
  },
  duplicate: { parameters: [], make: () => ({ kind: 'duplicate' }) },
  'out-of-order': { parameters: [], make: () => ({ kind: 'out-of-order' }) },
  bundle: {
    parameters: ['tokens'],
    make: ({ whole }) => ({ kind: 'bundle', tokens: whole('tokens', 8, 2) }),
  },
  'empty-first': {
    parameters: ['count'],
    make: ({ whole }) => ({ kind: 'empty-first', count: whole('count', 1, 1) }),
  },
  burst: { parameters: [], make: () => ({ kind: 'burst' }) },
  'hidden-reasoning': {
    parameters: ['tokens'],
    make: ({ whole }) => ({ kind: 'hidden-reasoning', tokens: whole('tokens', 200, 1) }),
  },
  'wrong-usage': {
    parameters: ['factor'],
    make: ({ figure }) => ({ kind: 'wrong-usage', factor: figure('factor') ?? 10 }),
  },
  'no-usage': { parameters: [], make: () => ({ kind: 'no-usage' }) },
  'drop-connection': { parameters: [], make: () => ({ kind: 'drop-connection' }) },
  'previous-not-found': {
    parameters: [],
    fronts: ['websocket'],
    make: () => ({ kind: 'previous-not-found' }),
  },
  'connection-limit': {
    parameters: [],
    fronts: ['websocket'],
    make: () => ({ kind: 'connection-limit' }),
  },
  'context-length': {
    parameters: [],
    make: () =>
      statusFault(400, undefined, {
        code: 'context_length_exceeded',
        message: 'Your input exceeds the context window of this model.',
        type: 'invalid_request_error',
      }),
  },
  quota: {
    parameters: [],
    make: () =>
      statusFault(429, undefined, {
        code: 'insufficient_quota',
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
      }),
  },
};

/** `429`, `500`, `529` and every other status of an error. */
export function statusKind(status: number): FaultKind {
  return {
    parameters: ['retry-after', 'code', 'message'],
    make: ({ figure, text }) => {
      const usual = usualErrors[status] ?? {
        code: `status_${status}`,
        message: `Simulated status ${status}.`,
      };
      const code = text('code') ?? usual.code;
      const type = status >= 500 ? 'server_error' : 'invalid_request_error';
      return statusFault(status, figure('retry-after'), {
        code,
        message: text('message') ?? usual.message,
        type,
      });
    },
  };
}

const usualErrors: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  400: { code: 'invalid_request_error', message: 'The request is not valid.' },
  401: { code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  404: { code: 'model_not_found', message: 'The model does not exist.' },
  429: { code: 'rate_limit_exceeded', message: 'Rate limit reached for requests.' },
  500: { code: 'server_error', message: 'The server had an error while processing your request.' },
  503: { code: 'server_is_overloaded', message: 'The server is overloaded.' },
  529: { code: 'overloaded_error', message: 'Overloaded' },
};

function statusFault(
  status: number,
  retryAfterSec: number | undefined,
  error: { readonly code: string; readonly message: string; readonly type: string },
): Fault {
  const body = { error: { ...error, param: null } };
  return { kind: 'status', status, body, ...(retryAfterSec === undefined ? {} : { retryAfterSec }) };
}
