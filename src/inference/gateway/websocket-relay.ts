import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { TappedExchange } from '../cassettes/wire-tap.ts';
import { failure, failureOfEvent } from '../failures.ts';
import { asText, type JsonObject, parseObject } from '../transports/json.ts';
import { endTapped } from '../transports/tapping.ts';
import type { ExchangeEnding, ExchangeFacts } from '../transports/transport.ts';
import { CorkedSocket } from './corked-socket.ts';
import { responsesDoor, responsesRoute } from './doors.ts';
import { type InFlight, Lanes, laneOf } from './lanes.ts';
import type { Deferred } from './later.ts';
import { type GatewayRefusal, refusalOf } from './refusing.ts';
import { isRepeat } from './repeat-cutter.ts';
import { type RequestFacts, readFacts } from './request-facts.ts';
import type { PlannedModel, TrialContext } from './trial-context.ts';
import type { Answer, Attempt } from './trial-desk.ts';
import { isProviders } from './trial-progress.ts';
import { Valve } from './valve.ts';

export interface WebSocketRelayOptions {
  readonly context: TrialContext;
  readonly agent: Side;
  readonly upstream: Side;
  /** The connection goes to this model's provider. */
  readonly model: PlannedModel;
  /** Types of events that the agent does not get. */
  readonly cutTypes: readonly string[];
  readonly connectStart: number;
  readonly connectEnd: number;
}

interface Side {
  readonly socket: WebSocket;
  /** The stream below it. */
  readonly stream: Duplex;
}

interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What of an upstream frame's beginning says that it may not be for the agent, or not yet. */
const specialType = /"type"\s*:\s*"(?:error|evalrun\.stamps|responsesapi\.websocket_timing)"/;
const searchedBytes = 2048;

/**
 * Carries one WebSocket between an agent and a provider, frame by frame as they are. What the provider sends
 * is stamped, sent on, and read only then. A request that is refused before its answer began is sent again.
 */
export class WebSocketRelay implements Deferred {
  readonly #options: WebSocketRelayOptions;
  readonly #context: TrialContext;
  readonly #lanes = new Lanes();
  readonly #toAgent: CorkedSocket;
  readonly #fromAgent: Valve;
  readonly #fromUpstream: Valve;
  readonly #gone = new AbortController();
  readonly #signal: AbortSignal;
  readonly #tapped = new Map<InFlight, TappedExchange>();
  /** How a request's first frame is kept from the agent where it is a refusal. */
  readonly #holders = new Map<InFlight, (frame: Buffer) => void>();
  #arrived: { readonly frame: Buffer; readonly atUs: number }[] = [];
  #requests = 0;
  #lastFrame: Buffer = noReason;

  constructor(options: WebSocketRelayOptions) {
    const { context, agent, upstream } = options;
    const nowUs = () => context.clock.nowUs();
    this.#options = options;
    this.#context = context;
    this.#toAgent = new CorkedSocket({ ...agent, nowUs, onRelayed: context.onRelayed });
    this.#fromAgent = new Valve(agent.socket);
    this.#fromUpstream = new Valve(upstream.socket);
    this.#signal = AbortSignal.any([this.#gone.signal, context.over]);
  }

  /** The upstream's socket has to be paused until then. */
  start(): void {
    const { agent, upstream } = this.#options;
    agent.socket.on('message', (data, isBinary) => this.#onAgentFrame(bufferOf(data), isBinary));
    upstream.socket.on('message', (data, isBinary) => this.#onUpstreamFrame(bufferOf(data), isBinary));
    agent.socket.on('close', (code, reason) => this.#onAgentClose(code, reason));
    upstream.socket.on('close', (code, reason) => this.#onUpstreamClose(code, reason));
    agent.socket.on('error', () => {}); // `close` follows
    agent.stream.on('drain', () => this.#letUpstreamGoOn());
    upstream.stream.on('drain', () => this.#fromAgent.open('upstream is slow'));
    this.#context.over.addEventListener('abort', () => this.#terminate(), { once: true });
    if (this.#context.over.aborted) this.#terminate();
    else if (upstream.socket.readyState !== upstream.socket.OPEN) this.#onUpstreamClose(1006, noReason);
    else upstream.socket.resume();
  }

  /** Reads what has gone on. */
  drain(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const { frame, atUs } of arrived) this.#read(frame, atUs);
  }

  #onAgentFrame(frame: Buffer, isBinary: boolean): void {
    const event = parseObject(frame.toString('utf8')); // also in a binary frame it is a request
    if (event?.['type'] !== 'response.create') {
      this.#options.upstream.socket.send(frame, { binary: isBinary }); // steering, or what the provider will refuse by itself
      return;
    }
    const { models, desk } = this.#context;
    const ownModel = models[0]?.profile.model;
    const facts = readFacts({ route: responsesRoute, body: event, turnMetadata: undefined, ownModel });
    const planned = this.#plannedFor(facts);
    if ('status' in planned) {
      this.#sendError(event, planned);
      return;
    }
    this.#ask(event, facts, planned, { data: frame, isBinary }).catch((error: unknown) => {
      desk.breakOff(planned, error);
      this.#terminate();
    });
  }

  #plannedFor(facts: RequestFacts): PlannedModel | GatewayRefusal {
    const planned = refusalOf(this.#context, facts);
    const { access, profile } = this.#options.model;
    if ('status' in planned || planned.access.baseUrl === access.baseUrl) return planned;
    const message = `this connection goes to ${profile.provider.name}, which does not have ${facts.model}`;
    return { status: 404, code: 'model_not_found', message };
  }

  async #ask(event: JsonObject, facts: RequestFacts, planned: PlannedModel, frame: Frame): Promise<void> {
    const { desk } = this.#context;
    let held: Buffer | undefined;
    const reconnect = desk.takeLost();
    // What the agent sends after it may not overtake it while it waits for leave to go.
    this.#requests += 1;
    const waiting = `request ${this.#requests} waits`;
    let isFirst = this.#requests === 1;
    this.#fromAgent.close(waiting);
    const asked = {
      kind: facts.kind,
      model: planned.profile,
      transport: 'responses-websocket' as const,
      bytes: frame.data.length,
      maxOutput: facts.maxOutput ?? planned.profile.maxOutputTokens,
      hasUsage: true,
    };
    const answer = await desk.ask(asked, this.#signal, () => {
      const { connectStart, connectEnd } = this.#options;
      const made = this.#exchange(
        laneOf(event),
        frame,
        {
          connectionReused: !isFirst,
          chained: facts.chained,
          requestBytes: frame.data.length,
          t0: this.#context.clock.nowUs(),
          ...(isFirst ? { connectStart, connectEnd } : {}),
          ...(reconnect === undefined ? {} : { reconnect }),
        },
        (refusal) => {
          held = refusal;
        },
      );
      isFirst = false; // the next attempt has the connection
      this.#fromAgent.open(waiting);
      return made;
    });
    this.#fromAgent.open(waiting);
    this.#pass(event, answer, held);
  }

  /** What was kept from the agent, once nothing better will come. */
  #pass(event: JsonObject, answer: Answer, held: Buffer | undefined): void {
    if (answer.status !== 'failed' || answer.begun) return;
    if (held !== undefined) this.#toAgent.send(held, false, this.#context.clock.nowUs());
    else this.#sendError(event, { status: 400, code: 'trial_closed', message: answer.error.message });
  }

  /** Sends a request and waits for the end of its answer. */
  #exchange(
    lane: string,
    { data, isBinary }: Frame,
    facts: ExchangeFacts,
    onHeld: (frame: Buffer) => void,
  ): Promise<Attempt> {
    const { clock, desk, stallTimeoutMs } = this.#context;
    const { promise, resolve } = Promise.withResolvers<Attempt>();
    const { socket, stream } = this.#options.upstream;
    const isOpen = !this.#signal.aborted && socket.readyState === socket.OPEN;
    facts.t0 = clock.nowUs();
    if (isOpen) socket.send(data, { binary: isBinary });
    // Only now, when it is on its way, what nobody needs before the answer.
    let begun = true;
    const request = this.#lanes.add({
      lane,
      facts,
      signal: this.#signal,
      wallMs: () => clock.wallMs(),
      onEnd: (ending) => {
        this.#onRequestEnd(request, ending);
        resolve({ exchanged: { ending, facts }, reader: request.reader, streamed: true, begun });
      },
    });
    request.reader.clock.onToken = desk.onToken;
    this.#holders.set(request, (refusal) => {
      begun = false;
      onHeld(refusal);
    });
    if (this.#signal.aborted) request.watch.end({ kind: 'aborted' });
    else if (!isOpen) request.watch.fail(failure('connect', 'the connection is closed'));
    if (request.watch.ended) return promise;
    const tapped = this.#context.tap?.begin({
      trialId: desk.trialId,
      metadata: desk.progress.step.metadata,
      transport: 'responses-websocket',
      path: responsesRoute.path,
      body: data,
      sentUs: facts.t0,
    });
    if (tapped !== undefined) this.#tapped.set(request, tapped);
    if (stream.writableNeedDrain) this.#fromAgent.close('upstream is slow');
    if (!this.#fromUpstream.isClosed) request.watch.limitStall(stallTimeoutMs);
    return promise;
  }

  #onRequestEnd(request: InFlight, ending: ExchangeEnding): void {
    const { desk, clock } = this.#context;
    endTapped(this.#tapped.get(request), ending, clock.nowUs());
    this.#tapped.delete(request);
    this.#holders.delete(request);
    if (ending.kind !== 'failed') return;
    const { kind, resend } = ending.failure;
    if (resend !== undefined) desk.noteLost(resend);
    // Agents pass over a frame that they cannot read and wait for one that says the end, for ever.
    if (kind !== 'stalled' && kind !== 'malformed') return;
    desk.noteLost(kind);
    this.#terminate();
  }

  #onUpstreamFrame(arrived: Buffer, isBinary: boolean): void {
    const atUs = this.#context.clock.nowUs(); // first of all
    if (!isBinary && isRepeat(arrived, this.#lastFrame)) {
      for (const { watch } of this.#lanes.open) watch.touch(); // over again, but no silence
      return;
    }
    this.#lastFrame = arrived;
    const frame = this.#context.keys.bytes(arrived);
    if (!isBinary && specialType.test(frame.toString('latin1', 0, searchedBytes)) && this.#keeps(frame, atUs))
      return;
    this.#toAgent.send(frame, isBinary, atUs);
    if (this.#toAgent.isFull) this.#holdUpstream();
    if (isBinary) return; // the API has none
    this.#arrived.push({ frame, atUs });
    this.#context.later.add(this);
  }

  /** True where the agent does not get a frame: it asked for no timings, or a refusal is tried again. */
  #keeps(frame: Buffer, atUs: number): boolean {
    this.drain();
    const text = frame.toString('utf8');
    const event = parseObject(text) ?? {};
    const type = asText(event['type']) ?? '';
    if (this.#options.cutTypes.includes(type)) {
      this.#read(frame, atUs);
      return true;
    }
    const request = type === 'error' ? this.#lanes.requestOf(event) : undefined;
    if (request === undefined || request.reader.eventCount > 0) return false;
    if (!isProviders(failureOfEvent(event, this.#context.clock.wallMs()))) return false;
    this.#holders.get(request)?.(frame);
    this.#read(frame, atUs);
    return true;
  }

  #read(frame: Buffer, atUs: number): void {
    const text = frame.toString('utf8');
    const request = this.#lanes.requestOfText(text);
    if (request === undefined) return; // nothing was asked: greetings, limits
    this.#tapped.get(request)?.chunk(frame, atUs);
    this.#lanes.feed(request, text, atUs);
  }

  /** The agent reads slowly: the provider has to wait, and its silence says nothing. */
  #holdUpstream(): void {
    this.#fromUpstream.close('the agent is slow');
    for (const { watch } of this.#lanes.open) watch.suspend();
  }

  #letUpstreamGoOn(): void {
    this.#fromUpstream.open('the agent is slow');
    for (const { watch } of this.#lanes.open) watch.limitStall(this.#context.stallTimeoutMs);
  }

  #sendError(event: JsonObject, { status, code, message }: GatewayRefusal): void {
    const lane = laneOf(event);
    const error = { type: 'error', status, ...responsesDoor.errorBody(code, message) };
    const text = JSON.stringify(lane === '' ? error : { ...error, stream_id: lane });
    this.#toAgent.send(Buffer.from(text), false, this.#context.clock.nowUs());
  }

  #onUpstreamClose(code: number, reason: Buffer): void {
    this.drain();
    if (!this.#gone.signal.aborted) this.#context.desk.noteLost('connection-closed');
    const message = `the connection was closed (${code})`;
    this.#lanes.failAll(({ reader }) => failure(reader.eventCount === 0 ? 'connect' : 'stream-cut', message));
    this.#gone.abort();
    closeLike(this.#options.agent.socket, code, reason);
  }

  #onAgentClose(code: number, reason: Buffer): void {
    this.drain();
    this.#gone.abort();
    closeLike(this.#options.upstream.socket, code, reason);
  }

  #terminate(): void {
    this.#options.agent.socket.terminate();
    this.#options.upstream.socket.terminate();
  }
}

const noReason = Buffer.alloc(0);

function bufferOf(data: RawData): Buffer {
  return data as Buffer; // ws gives nothing else unless its binaryType is changed
}

/** Closes one side as the other was closed; without a farewell where there was none. */
function closeLike(socket: WebSocket, code: number, reason: Buffer): void {
  if (code === 1005) socket.close();
  else if (code === 1006 || code === 1015) socket.terminate();
  else socket.close(code, reason);
}
