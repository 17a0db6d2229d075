import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Opened, openWebSocket, type RefusedUpgrade } from '../transports/open-websocket.ts';
import { tapFailedUpgrade } from '../transports/tapping.ts';
import type { ExchangeFacts } from '../transports/transport.ts';
import { responsesDoor, responsesRoute } from './doors.ts';
import { hearUntilJoined } from './hear-until-joined.ts';
import {
  type AskedTimings,
  headersDownstream,
  headersUpstream,
  metadataHeaderOf,
  timingsAskedFor,
} from './passing-headers.ts';
import { closedRefusal, rawError, refuseUpgrade } from './refusing.ts';
import { requestKindOf, turnMetadataHeader } from './request-facts.ts';
import { queryOf } from './request-target.ts';
import type { PlannedModel, TrialContext } from './trial-context.ts';
import type { Asked, Attempt } from './trial-desk.ts';
import { WebSocketRelay } from './websocket-relay.ts';

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
}

interface Connection {
  readonly socket: WebSocket;
  readonly upgrade: IncomingMessage;
  readonly facts: ExchangeFacts;
}

/** Longest message of an agent; providers' are as long as ws allows by itself. */
const longestMessage = 64 * 1024 * 1024;

/** Opens the provider's side first: the agent's upgrade is answered as the provider answers it. */
export async function relayUpgrade(context: TrialContext, asked: UpgradeRequest): Promise<void> {
  const { request, stream } = asked;
  const gone = new AbortController();
  stream.once('close', () => gone.abort());
  stream.on('error', () => gone.abort()); // `close` follows
  const closed = closedRefusal(context.desk.progress.failure);
  if (closed !== undefined) return refuseUpgrade(stream, rawError(responsesDoor, closed));
  const [model] = context.models;
  if (model === undefined) {
    const message = 'this trial was planned without a model';
    return refuseUpgrade(stream, rawError(responsesDoor, { status: 404, code: 'not_found', message }));
  }
  const signal = AbortSignal.any([gone.signal, context.over]);
  const stopHearing = hearUntilJoined(stream, asked.head, () => gone.abort());
  const timings = timingsAskedFor(request.headers, model.profile.provider.kind, true);
  let refused: RefusedUpgrade | undefined;
  const result = await context.desk.connect(askedOf(request, model), signal, async () => {
    const { opened, facts } = await connect(context, { request, model, timings, signal });
    refused = opened.status === 'failed' ? opened.refusal : undefined;
    if (opened.status === 'open') return { connected: { ...opened, facts } };
    return failedAttempt(context, opened, facts);
  });
  const head = stopHearing();
  if ('connected' in result) {
    return join(context, { request, stream, head }, model, timings, result.connected, signal);
  }
  if (result.status === 'aborted') return void stream.destroy();
  if (refused === undefined) {
    const { message } = result.error;
    return refuseUpgrade(
      stream,
      rawError(responsesDoor, { status: 502, code: 'upstream_unreachable', message }),
    );
  }
  const body = Buffer.from(context.scrub(refused.body.toString('latin1')), 'latin1');
  const rawHeaders = headersDownstream(refused.rawHeaders, { isCut: true, scrub: context.scrub });
  refuseUpgrade(stream, { status: refused.status, rawHeaders, body });
}

function askedOf({ headers }: IncomingMessage, { profile }: PlannedModel): Asked {
  const said = headers[turnMetadataHeader];
  return {
    kind: requestKindOf(typeof said === 'string' ? said : undefined) ?? 'turn',
    model: profile,
    transport: 'responses-websocket',
    bytes: 0,
    hasUsage: false,
  };
}

async function connect(
  { clock, connectTimeoutMs, desk, tap }: TrialContext,
  about: {
    readonly request: IncomingMessage;
    readonly model: PlannedModel;
    readonly timings: AskedTimings;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly opened: Opened; readonly facts: ExchangeFacts }> {
  const { access, profile } = about.model;
  const connectStart = clock.nowUs();
  const opened = await openWebSocket({
    url: new URL(`${access.baseUrl}${responsesRoute.path}${queryOf(about.request)}`),
    headers: recordOf([
      ...headersUpstream(about.request.rawHeaders),
      ...about.timings.rawHeaders,
      ...(profile.provider.playedBy === undefined ? [] : metadataHeaderOf(desk.progress.step.metadata)),
      ...(access.apiKey === undefined ? [] : responsesDoor.keyHeader(access.apiKey)),
    ]),
    connectTimeoutMs,
    wallMs: () => clock.wallMs(),
    signal: about.signal,
    onOpen: (socket) => socket.pause(), // until there is somebody to hear what comes
  });
  const connectEnd = clock.nowUs();
  if (opened.status === 'failed') {
    const owner = { tap, trialId: desk.trialId, metadata: desk.progress.step.metadata };
    const times = { startUs: connectStart, endUs: connectEnd };
    tapFailedUpgrade(owner, opened, { path: responsesRoute.path, ...times });
  }
  const base = { connectionReused: false, chained: false, requestBytes: 0, t0: connectStart };
  const status = opened.status === 'failed' ? opened.refusal?.status : undefined;
  const httpStatus = status === undefined ? {} : { httpStatus: status };
  return { opened, facts: { ...base, connectStart, connectEnd, ...httpStatus } };
}

function failedAttempt(
  { clock }: TrialContext,
  opened: Exclude<Opened, { status: 'open' }>,
  facts: ExchangeFacts,
): Attempt {
  const ending =
    opened.status === 'aborted'
      ? { kind: 'aborted' as const }
      : { kind: 'failed' as const, failure: opened.failure };
  const reader = responsesDoor.createReader({ onText: () => {}, wallMs: () => clock.wallMs() });
  return { exchanged: { ending, facts }, reader, streamed: true, begun: false };
}

/** Answers the agent's upgrade with what the provider said, and carries frames from then on. */
function join(
  context: TrialContext,
  { request, stream, head }: UpgradeRequest,
  model: PlannedModel,
  timings: AskedTimings,
  { socket, upgrade, facts }: Connection,
  signal: AbortSignal,
): void {
  if (signal.aborted) {
    socket.terminate();
    stream.destroy();
    return;
  }
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: longestMessage,
    skipUTF8Validation: true,
  });
  const passed = headersDownstream(upgrade.rawHeaders, { isCut: true, scrub: context.scrub });
  server.on('headers', (lines) => {
    for (let index = 0; index + 1 < passed.length; index += 2) {
      lines.push(`${passed[index]}: ${passed[index + 1]}`);
    }
  });
  server.on('wsClientError', () => socket.terminate()); // no handshake that could be answered
  server.handleUpgrade(request, stream, head, (agent) => {
    new WebSocketRelay({
      context,
      agent: { socket: agent, stream },
      upstream: { socket, stream: upgrade.socket },
      model,
      cutTypes: timings.types,
      connectStart: facts.connectStart ?? facts.t0,
      connectEnd: facts.connectEnd ?? facts.t0,
    }).start();
  });
}

function recordOf(rawHeaders: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    record[rawHeaders[index] ?? ''] = rawHeaders[index + 1] ?? '';
  }
  return record;
}
