import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { TappedExchange } from '../cassettes/wire-tap.ts';
import { failure } from '../failures.ts';
import type { JsonObject } from '../transports/json.ts';
import { endTapped } from '../transports/tapping.ts';
import type { ExchangeEnding, ExchangeFacts } from '../transports/transport.ts';
import type { CorkedSocket } from './corked-socket.ts';
import { responsesDoor, responsesRoute } from './doors.ts';
import { type InFlight, Lanes, laneOf } from './lanes.ts';
import { type GatewayRefusal, refusalOf } from './refusing.ts';
import { type RequestFacts, readFacts } from './request-facts.ts';
import type { PlannedModel, TrialContext } from './trial-context.ts';
import type { Answer, Attempt } from './trial-desk.ts';
import type { Valve } from './valve.ts';

export interface Side {
  readonly socket: WebSocket;
  /** The stream below it. */
  readonly stream: Duplex;
}

export interface JoinedSockets {
  readonly upstream: Side;
  /** The connection goes to this model's provider. */
  readonly model: PlannedModel;
  readonly connectStart: number;
  readonly connectEnd: number;
}

export interface SocketRequestsOptions extends JoinedSockets {
  readonly context: TrialContext;
  readonly toAgent: CorkedSocket;
  readonly fromAgent: Valve;
  readonly fromUpstream: Valve;
  /** Aborted when either side or the trial is over. */
  readonly signal: AbortSignal;
  readonly terminate: () => void;
}

interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The requests that an agent sends over one WebSocket: each goes through the desk, and is sent again where it may be. */
export class SocketRequests {
  readonly lanes = new Lanes();
  readonly #options: SocketRequestsOptions;
  readonly #context: TrialContext;
  readonly #tapped = new Map<InFlight, TappedExchange>();
  /** How a request's first frame is kept from the agent where it is a refusal. */
  readonly #holders = new Map<InFlight, (frame: Buffer) => void>();
  #count = 0;

  constructor(options: SocketRequestsOptions) {
    this.#options = options;
    this.#context = options.context;
  }

  /** A `response.create` of the agent. */
  take(event: JsonObject, frame: Frame): void {
    const { models, desk } = this.#context;
    const ownModel = models[0]?.profile.model;
    const facts = readFacts({ route: responsesRoute, body: event, turnMetadata: undefined, ownModel });
    const planned = this.#plannedFor(facts);
    if ('status' in planned) {
      this.#sendError(event, planned);
      return;
    }
    this.#ask(event, facts, planned, frame).catch((error: unknown) => {
      desk.breakOff(planned, error);
      this.#options.terminate();
    });
  }

  /** A refusal that came in place of an answer: the agent gets it if nothing better comes. */
  hold(request: InFlight, frame: Buffer): void {
    this.#holders.get(request)?.(frame);
  }

  feed(request: InFlight, frame: Buffer, text: string, atUs: number): void {
    this.#tapped.get(request)?.chunk(frame, atUs);
    this.lanes.feed(request, text, atUs);
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
    this.#count += 1;
    const waiting = `request ${this.#count} waits`;
    let isFirst = this.#count === 1;
    this.#options.fromAgent.close(waiting);
    const asked = {
      kind: facts.kind,
      model: planned.profile,
      transport: 'responses-websocket' as const,
      bytes: frame.data.length,
      maxOutput: facts.maxOutput ?? planned.profile.maxOutputTokens,
      hasUsage: true,
    };
    const answer = await desk.ask(asked, this.#options.signal, () => {
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
      this.#options.fromAgent.open(waiting);
      return made;
    });
    this.#options.fromAgent.open(waiting);
    this.#pass(event, answer, held);
  }

  /** What was kept from the agent, once nothing better will come. */
  #pass(event: JsonObject, answer: Answer, held: Buffer | undefined): void {
    if (answer.status !== 'failed' || answer.begun) return;
    if (held !== undefined) this.#options.toAgent.send(held, false, this.#context.clock.nowUs());
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
    const isOpen = !this.#options.signal.aborted && socket.readyState === socket.OPEN;
    facts.t0 = clock.nowUs();
    if (isOpen) socket.send(data, { binary: isBinary });
    // Only now, when it is on its way, what nobody needs before the answer.
    let begun = true;
    const request = this.lanes.add({
      lane,
      facts,
      signal: this.#options.signal,
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
    if (this.#options.signal.aborted) request.watch.end({ kind: 'aborted' });
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
    if (stream.writableNeedDrain) this.#options.fromAgent.close('upstream is slow');
    if (!this.#options.fromUpstream.isClosed) request.watch.limitStall(stallTimeoutMs);
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
    this.#options.terminate();
  }

  #sendError(event: JsonObject, { status, code, message }: GatewayRefusal): void {
    const lane = laneOf(event);
    const error = { type: 'error', status, ...responsesDoor.errorBody(code, message) };
    const text = JSON.stringify(lane === '' ? error : { ...error, stream_id: lane });
    this.#options.toAgent.send(Buffer.from(text), false, this.#context.clock.nowUs());
  }
}
