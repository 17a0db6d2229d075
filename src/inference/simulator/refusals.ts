/** Refusals in the API's own words. */
import type { CreateRequest } from './create-request.ts';
import type { Fault } from './faults.ts';

export interface Refusal {
  readonly status: number;
  readonly error: Readonly<Record<string, unknown>>;
  readonly retryAfterSec?: number;
}

export function refusal(status: number, code: string, message: string): Refusal {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { status, error: { type, code, message, param: null } };
}

export function previousNotFound(id: string): Refusal {
  const message = `Previous response with id '${id}' not found.`;
  const { status, error } = refusal(400, 'previous_response_not_found', message);
  return { status, error: { ...error, param: 'previous_response_id' } };
}

export function connectionLimit(): Refusal {
  const message =
    'Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.';
  return refusal(400, 'websocket_connection_limit_reached', message);
}

/** The refusal that a fault stands for; undefined for those that happen to the stream or the connection. */
export function refusalOf(fault: Fault | undefined, request: CreateRequest): Refusal | undefined {
  if (fault?.kind === 'previous-not-found') {
    const { previousResponseId: id } = request;
    return id === undefined ? undefined : previousNotFound(id); // nothing is continued: nothing can be lost
  }
  if (fault?.kind !== 'status') return undefined;
  const { status, retryAfterSec } = fault;
  const error =
    fault.body?.error ?? refusal(status, `simulated_${status}`, `simulated status ${status}`).error;
  return { status, error, ...(retryAfterSec === undefined ? {} : { retryAfterSec }) };
}
