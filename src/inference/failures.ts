/** What went wrong on the wire, as values: status codes, error events and socket errors in one vocabulary. */
import type { InferenceError } from './client.ts';
import { asNumber, asObject, asText, type JsonObject, parseObject } from './transports/json.ts';

export type Failure = Omit<InferenceError, 'provider' | 'model'> & {
  /** Why the same request may go out again at once on a new connection. */
  readonly resend?: string;
};

type Headers = Readonly<Record<string, unknown>>;

/** An answer with an HTTP status of 400 or more (or a refused upgrade). */
export function failureOfStatus(status: number, bodyText: string, headers: Headers, wallMs: number): Failure {
  const body = parseObject(bodyText);
  const error = asObject(body?.['error']) ?? body ?? {};
  const fallback = bodyText.slice(0, 300) || `HTTP status ${status}`;
  return classify({ status, error, fallback, retryAfterMs: retryAfterMs(headers, wallMs) });
}

/**
 * An `error` event, or the `error` of `response.failed`. Over WebSocket the facts lie in `error`, with a
 * status and sometimes headers beside them; over SSE they lie in the event itself.
 */
export function failureOfEvent(event: JsonObject, wallMs: number): Failure {
  const error = asObject(event['error']) ?? event;
  const headers = asObject(error['headers']) ?? {};
  return classify({
    status: asNumber(event['status']),
    error,
    fallback: 'the provider reported an error',
    retryAfterMs: retryAfterMs(headers, wallMs),
  });
}

export function failure(kind: InferenceError['kind'], message: string, resend?: string): Failure {
  return { kind, message, retryable: isRetryable(kind), ...(resend === undefined ? {} : { resend }) };
}

/** A socket's error with its code, which Node often leaves out of the message. */
export function describeSocketError(error: Error & { readonly code?: string }): string {
  const message = error.message || error.name;
  return error.code === undefined || message.includes(error.code) ? message : `${error.code}: ${message}`;
}

interface Facts {
  readonly status: number | undefined;
  readonly error: JsonObject;
  readonly fallback: string;
  readonly retryAfterMs: number | undefined;
}

function classify({ status, error, fallback, retryAfterMs }: Facts): Failure {
  const code = asText(error['code']) ?? asText(error['type']) ?? '';
  const message = asText(error['message']) ?? fallback;
  const kind = kindOfCode(code, message) ?? kindOfStatus(status);
  const resend = resendCodes[code];
  const wait = retryAfterMs ?? (kind === 'rate-limited' ? waitInMessage(message) : undefined);
  return {
    kind,
    message: code === '' || message.includes(code) ? message : `${code}: ${message}`,
    retryable: isRetryable(kind) && !permanentCodes.has(code),
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(resend === undefined ? {} : { resend }),
  };
}

const resendCodes: Readonly<Record<string, string>> = {
  previous_response_not_found: 'previous-response-not-found',
  websocket_connection_limit_reached: 'connection-limit',
};

/** Come with 429 and do not pass by waiting. */
const permanentCodes = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'usage_not_included']);

function kindOfCode(code: string, message: string): InferenceError['kind'] | undefined {
  if (code === 'context_length_exceeded' || /maximum context length|context window/i.test(message)) {
    return 'context-overflow';
  }
  if (code === 'rate_limit_exceeded' || code === 'rate_limit_error' || code === 'insufficient_quota')
    return 'rate-limited';
  if (code === 'server_is_overloaded' || code === 'slow_down' || code === 'overloaded_error')
    return 'overloaded';
  if (code === 'server_error') return 'server';
  if (code === 'invalid_api_key' || code === 'authentication_error') return 'authentication';
  if (code === 'invalid_prompt' || code === 'invalid_request_error') return 'invalid-request';
  return undefined;
}

function kindOfStatus(status: number | undefined): InferenceError['kind'] {
  if (status === undefined) return 'server';
  if (status === 401 || status === 403) return 'authentication';
  if (status === 429) return 'rate-limited';
  if (status === 503 || status === 529) return 'overloaded';
  if (status >= 500 || status === 408 || status === 409) return 'server';
  return 'invalid-request';
}

function isRetryable(kind: InferenceError['kind']): boolean {
  return kind !== 'authentication' && kind !== 'invalid-request' && kind !== 'context-overflow';
}

/** retry-after-ms, or Retry-After in seconds or as an HTTP date; a date that has passed is no wait. */
function retryAfterMs(headers: Headers, wallMs: number): number | undefined {
  const inMs = Number.parseFloat(String(headers['retry-after-ms']));
  if (Number.isFinite(inMs)) return Math.max(0, inMs);
  const raw = headers['retry-after'];
  if (raw === undefined || raw === null) return undefined;
  const seconds = Number(raw);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(String(raw));
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/** Within a stream there are no headers; the wait stands in the sentence "Please try again in 11.05s". */
function waitInMessage(message: string): number | undefined {
  const match = /try again in (\d+(?:\.\d+)?)\s*(ms|s)\b/i.exec(message);
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * (match[2]?.toLowerCase() === 'ms' ? 1 : 1000);
}
