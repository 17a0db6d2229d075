import { STATUS_CODES } from 'node:http';
import type { AgentRequest } from '../http1/agent-connection.ts';
import type { Reply } from '../http1/reply.ts';
import type { JsonObject } from '../transports/json.ts';
import type { Route } from './doors.ts';
import { attemptHttp, type HttpRefusal } from './http-attempt.ts';
import { headersDownstream, headersUpstream, metadataHeaderOf, timingsAskedFor } from './passing-headers.ts';
import { refusalOf, sendError } from './refusing.ts';
import { type RequestFacts, readFacts, turnMetadataHeader } from './request-facts.ts';
import { queryOf } from './request-target.ts';
import type { PlannedModel, TrialContext } from './trial-context.ts';
import type { Answer, Asked } from './trial-desk.ts';

export interface HttpRelayRequest {
  readonly route: Route;
  readonly request: AgentRequest;
  readonly reply: Reply;
  /** As it came, compressed or not. */
  readonly bytes: Buffer;
  /** What the bytes say. */
  readonly body: JsonObject;
}

/** Brings one request of the agent to the provider and its answer back, with as many attempts as it takes. */
export async function relayHttp(context: TrialContext, relayed: HttpRelayRequest): Promise<void> {
  const { route, request, reply, body } = relayed;
  const turnMetadata = request.headers[turnMetadataHeader];
  const facts = readFacts({
    route,
    body,
    turnMetadata,
    ownModel: context.models[0]?.profile.model,
  });
  const refused = refusalOf(context, facts);
  if ('status' in refused) return sendError(reply, route.door, refused);

  const { gone: signal } = reply;
  let refusal: HttpRefusal | undefined;
  const { desk } = context;
  const reconnect = route.door.name === 'responses' ? desk.takeLost() : undefined;
  const answer = await desk.ask(askedOf(relayed, facts, refused), signal, async () => {
    const attempted = await attempt(context, relayed, { facts, model: refused, reconnect, signal });
    refusal = attempted.refusal;
    return attempted;
  });
  if (!reply.hasBegun && !reply.isGone) refuse(context, relayed, answer, refusal);
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
  { route, request, reply, bytes }: HttpRelayRequest,
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
  return attemptHttp({
    context,
    route,
    baseUrl,
    path: `${baseUrl.pathname === '/' ? '' : baseUrl.pathname}${route.path}${queryOf(request)}`,
    rawHeaders: [
      ...headersUpstream(request.rawHeaders),
      ...timings.rawHeaders,
      ...(provider.playedBy === undefined ? [] : metadataHeaderOf(context.desk.progress.step.metadata)),
      ...(access.apiKey === undefined ? [] : route.door.keyHeader(access.apiKey)),
      ...['content-length', String(bytes.length)],
    ],
    body: bytes,
    chained: about.facts.chained,
    reconnect: about.reconnect,
    cutTypes: timings.types,
    reply,
    signal: about.signal,
  });
}

/** Nothing has gone to the agent yet: it gets the provider's own words, or ours where there are none. */
function refuse(
  context: TrialContext,
  { route, reply }: HttpRelayRequest,
  answer: Answer,
  refusal: HttpRefusal | undefined,
): void {
  if (answer.status === 'aborted') {
    reply.destroy();
    return;
  }
  if (refusal !== undefined) {
    const length = ['content-length', String(refusal.body.length)];
    const headers = headersDownstream(refusal.rawHeaders, { isCut: true, scrub: context.scrub });
    reply.begin(refusal.status, STATUS_CODES[refusal.status] ?? '', [...headers, ...length]);
    reply.end(refusal.body);
    return;
  }
  const message = answer.status === 'failed' ? answer.error.message : 'no answer';
  const isStalled = answer.status === 'failed' && answer.error.kind === 'stalled';
  const { failure } = context.desk.progress;
  const isOurs = failure !== undefined && failure.kind !== 'provider';
  const reason = isOurs
    ? { status: 400, code: 'trial_closed' }
    : { status: isStalled ? 504 : 502, code: 'upstream_unreachable' };
  sendError(reply, route.door, { ...reason, message });
}
