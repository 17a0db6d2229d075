import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Reply } from '../http1/reply.ts';
import type { JsonObject } from '../transports/json.ts';
import type { Door } from './doors.ts';
import type { GatewayFailure } from './gateway.ts';
import type { RequestFacts } from './request-facts.ts';
import type { PlannedModel, TrialContext } from './trial-context.ts';

/** Why the gateway itself says no. */
export interface GatewayRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** The planned model that a request may go to, or why it may not. */
export function refusalOf(context: TrialContext, facts: RequestFacts): PlannedModel | GatewayRefusal {
  const planned = context.models.find(({ profile }) => profile.model === facts.model);
  if (planned === undefined) {
    const message = `the model "${facts.model}" is not among those that this trial was planned with`;
    return { status: 404, code: 'model_not_found', message };
  }
  const { progress } = context.desk;
  if (!progress.closed.aborted) progress.checkLimits(facts.kind);
  return closedRefusal(progress.failure) ?? planned;
}

/**
 * Undefined while the trial is open. 400, since agents try again after anything that looks as if it would
 * pass, and this does not.
 */
export function closedRefusal(failure: GatewayFailure | undefined): GatewayRefusal | undefined {
  if (failure === undefined) return undefined;
  return { status: 400, code: 'trial_closed', message: reasonOf(failure) };
}

function reasonOf(failure: GatewayFailure): string {
  switch (failure.kind) {
    case 'provider':
      return `the provider has failed, and the trial is over: ${failure.error.message}`;
    case 'turn-limit':
      return 'the trial has used all its turns';
    case 'token-limit':
      return 'the trial has used all its tokens';
    case 'budget':
      return "the run's budget is spent";
    default:
      return failure satisfies never;
  }
}

export function sendError(reply: Reply, door: Door, refusal: GatewayRefusal): void {
  sendJson(reply, refusal.status, door.errorBody(refusal.code, refusal.message));
}

export function sendJson(reply: Reply, status: number, body: JsonObject): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = ['content-type', 'application/json', 'content-length', String(bytes.length)];
  reply.begin(status, STATUS_CODES[status] ?? '', headers);
  reply.end(bytes);
}

export interface RawAnswer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** An HTTP answer in place of an upgrade, and the end of the connection. */
export function refuseUpgrade(stream: Duplex, { status, rawHeaders, body }: RawAnswer): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  lines.push(`content-length: ${body.length}`, 'connection: close', '', '');
  stream.end(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]));
}

export function rawError(door: Door, refusal: GatewayRefusal): RawAnswer {
  const body = JSON.stringify(door.errorBody(refusal.code, refusal.message));
  return {
    status: refusal.status,
    rawHeaders: ['content-type', 'application/json'],
    body: Buffer.from(body),
  };
}
