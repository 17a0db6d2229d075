import type { RawData, WebSocket } from 'ws';
import { failure, failureOfEvent } from '../failures.ts';
import { asText, parseObject } from '../transports/json.ts';
import { CorkedSocket } from './corked-socket.ts';
import type { Deferred } from './later.ts';
import { isRepeat } from './repeat-cutter.ts';
import { type JoinedSockets, type Side, SocketRequests } from './socket-requests.ts';
import type { TrialContext } from './trial-context.ts';
import { isProviders } from './trial-progress.ts';
import { Valve } from './valve.ts';

export interface WebSocketRelayOptions extends JoinedSockets {
  readonly context: TrialContext;
  readonly agent: Side;
  /** Types of events that the agent does not get. */
  readonly cutTypes: readonly string[];
}

/** What of an upstream frame's beginning says that it may not be for the agent, or not yet. */
const specialType = /"type"\s*:\s*"(?:error|evalrun\.stamps|responsesapi\.websocket_timing)"/;
const searchedBytes = 2048;

/**
 * Carries one WebSocket between an agent and a provider, frame by frame as they are. What the provider sends
 * is stamped, sent on, and read only then.
 */
export class WebSocketRelay implements Deferred {
  readonly #options: WebSocketRelayOptions;
  readonly #context: TrialContext;
  readonly #toAgent: CorkedSocket;
  readonly #fromAgent: Valve;
  readonly #fromUpstream: Valve;
  readonly #gone = new AbortController();
  readonly #requests: SocketRequests;
  #arrived: { readonly frame: Buffer; readonly atUs: number }[] = [];
  #lastFrame: Buffer = noReason;

  constructor(options: WebSocketRelayOptions) {
    const { context, agent, upstream } = options;
    const nowUs = () => context.clock.nowUs();
    this.#options = options;
    this.#context = context;
    this.#toAgent = new CorkedSocket({ ...agent, nowUs, onRelayed: context.onRelayed });
    this.#fromAgent = new Valve(agent.socket);
    this.#fromUpstream = new Valve(upstream.socket);
    this.#requests = new SocketRequests({
      ...options,
      toAgent: this.#toAgent,
      fromAgent: this.#fromAgent,
      fromUpstream: this.#fromUpstream,
      signal: AbortSignal.any([this.#gone.signal, context.over]),
      terminate: () => this.#terminate(),
    });
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
    this.#requests.take(event, { data: frame, isBinary });
  }

  #onUpstreamFrame(arrived: Buffer, isBinary: boolean): void {
    const atUs = this.#context.clock.nowUs(); // first of all
    if (!isBinary && isRepeat(arrived, this.#lastFrame)) {
      for (const { watch } of this.#requests.lanes.open) watch.touch(); // over again, but no silence
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
    const request = type === 'error' ? this.#requests.lanes.requestOf(event) : undefined;
    if (request === undefined || request.reader.eventCount > 0) return false;
    if (!isProviders(failureOfEvent(event, this.#context.clock.wallMs()))) return false;
    this.#requests.hold(request, frame);
    this.#read(frame, atUs);
    return true;
  }

  #read(frame: Buffer, atUs: number): void {
    const text = frame.toString('utf8');
    const request = this.#requests.lanes.requestOfText(text);
    if (request === undefined) return; // nothing was asked: greetings, limits
    this.#requests.feed(request, frame, text, atUs);
  }

  /** The agent reads slowly: the provider has to wait, and its silence says nothing. */
  #holdUpstream(): void {
    this.#fromUpstream.close('the agent is slow');
    for (const { watch } of this.#requests.lanes.open) watch.suspend();
  }

  #letUpstreamGoOn(): void {
    this.#fromUpstream.open('the agent is slow');
    for (const { watch } of this.#requests.lanes.open) watch.limitStall(this.#context.stallTimeoutMs);
  }

  #onUpstreamClose(code: number, reason: Buffer): void {
    this.drain();
    if (!this.#gone.signal.aborted) this.#context.desk.noteLost('connection-closed');
    const message = `the connection was closed (${code})`;
    this.#requests.lanes.failAll(({ reader }) =>
      failure(reader.eventCount === 0 ? 'connect' : 'stream-cut', message),
    );
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
