import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../transports/json.ts';
import type { Route } from './doors.ts';
import { HttpAttempt, type HttpRefusal } from './http-attempt.ts';
import { headersDownstream, headersUpstream, metadataHeaders, timingsAskedFor } from './passing-headers.ts';
import { refusalOf, sendError } from './refusing.ts';
import { type RequestFacts, readFacts, turnMetadataHeader } from './request-facts.ts';
import { queryOf } from './request-target.ts';
import type { PlannedModel, TrialContext } from './trial-context.ts';
import type { Answer, Asked } from './trial-desk.ts';

export interface HttpRelayRequest {
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As it came, compressed or not. */
  readonly bytes: Buffer;
  /** What the bytes say. */
  readonly body: JsonObject;
}

/** Brings one request of the agent to the provider and its answer back, with as many attempts as it takes. */
export async function relayHttp(context: TrialContext, relayed: HttpRelayRequest): Promise<void> {
  const { route, request, response, body } = relayed;
  const turnMetadata = request.headers[turnMetadataHeader];
  const facts = readFacts({
    route,
    body,
    turnMetadata: typeof turnMetadata === 'string' ? turnMetadata : undefined,
    ownModel: context.models[0]?.profile.model,
  });
  const refused = refusalOf(context, facts);
  if ('status' in refused) return sendError(response, route.door, refused);

  const signal = goneOf(response, context.over);
  let refusal: HttpRefusal | undefined;
  const { desk } = context;
  const reconnect = route.door.name === 'responses' ? desk.takeLost() : undefined;
  const answer = await desk.ask(askedOf(relayed, facts, refused), signal, async () => {
    const attempted = await attempt(context, relayed, { facts, model: refused, reconnect, signal });
    refusal = attempted.refusal;
    return attempted;
  });
  if (!response.headersSent && !response.destroyed) refuse(context, relayed, answer, refusal);
}

function askedOf({ route, bytes }: HttpRelayRequest, facts: RequestFacts, { profile }: PlannedModel): Asked {
  return {
    kind: facts.kind,
    model: profile,
    transport: route.door.transport,
    bytes: bytes.length,
    maxOutput: facts.maxOutput ?? profile.maxOutputTokens,
    hasUsage: route.purpose !== 'count',
  };
}

function attempt(
  context: TrialContext,
  { route, request, response, bytes }: HttpRelayRequest,
  about: {
    readonly facts: RequestFacts;
    readonly model: PlannedModel;
    readonly reconnect: string | undefined;
    readonly signal: AbortSignal;
  },
) {
  const { access, profile, baseUrl } = about.model;
  const timings = timingsAskedFor(request.headers, profile.provider.kind, route.door.name === 'responses');
  const { provider } = profile;
  return new HttpAttempt({
    context,
    route,
    baseUrl,
    path: `${access.baseUrl.slice(baseUrl.origin.length)}${route.path}${queryOf(request)}`,
    headers: {
      ...headersUpstream(request.headers),
      ...timings.headers,
      ...(provider.playedBy === undefined ? {} : metadataHeaders(context.desk.progress.step.metadata)),
      ...(access.apiKey === undefined ? {} : route.door.keyHeaders(access.apiKey)),
      'content-length': bytes.length,
    },
    body: bytes,
    chained: about.facts.chained,
    reconnect: about.reconnect,
    cutTypes: timings.types,
    response,
    signal: about.signal,
  }).run();
}

/** Nothing has gone to the agent yet: it gets the provider's own words, or ours where there are none. */
function refuse(
  context: TrialContext,
  { route, response }: HttpRelayRequest,
  answer: Answer,
  refusal: HttpRefusal | undefined,
): void {
  if (answer.status === 'aborted') {
    response.destroy();
    return;
  }
  if (refusal !== undefined) {
    const length = ['content-length', String(refusal.body.length)];
    const headers = headersDownstream(refusal.rawHeaders, { isCut: true, scrub: context.scrub });
    response.writeHead(refusal.status, [...headers, ...length]).end(refusal.body);
    return;
  }
  const message = answer.status === 'failed' ? answer.error.message : 'no answer';
  const isStalled = answer.status === 'failed' && answer.error.kind === 'stalled';
  const { failure } = context.desk.progress;
  const isOurs = failure !== undefined && failure.kind !== 'provider';
  const reason = isOurs
    ? { status: 400, code: 'trial_closed' }
    : { status: isStalled ? 504 : 502, code: 'upstream_unreachable' };
  sendError(response, route.door, { ...reason, message });
}

/** Aborted when the agent has gone before its answer was whole, or the trial is over. */
function goneOf(response: ServerResponse, over: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const abort = () => gone.abort();
  over.addEventListener('abort', abort, { once: true });
  response.once('close', () => {
    over.removeEventListener('abort', abort);
    if (!response.writableFinished) abort();
  });
  response.on('error', abort); // a write to somebody who has just gone
  if (response.destroyed || over.aborted) abort();
  return gone.signal;
}
