import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { stampsHeader } from '../transports/headers.ts';
import { parseObject } from '../transports/json.ts';
import type { AnswerPlan } from './answer-plan.ts';
import { type CreateRequest, readCreateRequest, type WireItem } from './create-request.ts';
import { firstHalf, type Sink } from './event-writer.ts';
import { connectionLimit, previousNotFound, type Refusal, refusal } from './refusals.ts';
import { type RequestContext, readContext } from './request-metadata.ts';
import type { Responder } from './responder.ts';
import { outputItems, renderResponse } from './response-frames.ts';
import { RunningAnswer, steerFailed } from './running-answer.ts';
import { streamAnswer } from './stream-answer.ts';

const frameSchema = z.looseObject({ type: z.literal('response.create') });

/** One connection: answers its requests one after another and remembers the last answer, as the API does. */
export function serveWebSocket(responder: Responder, socket: WebSocket, upgrade: IncomingMessage): void {
  const connection = new Connection(responder, socket, upgrade);
  let last = Promise.resolve();
  socket.on('message', (data) => {
    const receivedUs = responder.clock.nowUs();
    // Not in line: it concerns the answer that is on its way.
    if (connection.steer(data.toString(), receivedUs)) return;
    last = last.then(() => connection.handle(data.toString(), receivedUs)).catch(() => socket.terminate());
  });
  socket.on('error', () => socket.terminate()); // a broken frame: nothing can be said to that side any more
}

/** The API closes no connection before, and answers nothing after. */
const connectionLifeUs = 60 * 60 * 1_000_000;

interface Memory {
  readonly responseId: string;
  readonly items: readonly WireItem[];
}

class Connection {
  readonly #responder: Responder;
  readonly #socket: WebSocket;
  readonly #sink: Sink;
  readonly #sendsStamps: boolean;
  /** Stands in the upgrade request; or what is wrong with it. */
  readonly #context: RequestContext | string;
  readonly #openedUs: number;
  #memory: Memory | undefined;
  #running: RunningAnswer | undefined;

  constructor(responder: Responder, socket: WebSocket, upgrade: IncomingMessage) {
    this.#responder = responder;
    this.#socket = socket;
    this.#openedUs = responder.clock.nowUs();
    this.#sink = socketSink(socket, upgrade.socket);
    this.#context = readContext(upgrade.headers);
    this.#sendsStamps = upgrade.headers[stampsHeader] !== undefined;
  }

  async handle(text: string, receivedUs: number): Promise<void> {
    if (receivedUs - this.#openedUs >= connectionLifeUs) return this.#expire();
    const request = this.#read(text);
    if (typeof request === 'string') return this.#refuse(refusal(400, 'invalid_request', request));
    const remembered = this.#remembered(request.previousResponseId);
    if (typeof remembered === 'string') return this.#refuse(previousNotFound(remembered));
    await this.#answer(request, remembered, receivedUs);
  }

  /** True where the message is a `response.steer`. */
  steer(text: string, receivedUs: number): boolean {
    const frame = parseObject(text);
    if (frame?.['type'] !== 'response.steer') return false;
    const notRunning = steerFailed('response_not_found', 'No response is in progress that can be steered.');
    this.#sink.write([this.#running?.hear(frame, receivedUs) ?? notRunning]);
    return true;
  }

  async #answer(request: CreateRequest, remembered: readonly WireItem[], receivedUs: number): Promise<void> {
    const result = await this.#responder.respond(request, 'websocket', remembered);
    if (result.kind === 'dropped') return this.#sink.cut();
    if (result.kind === 'expired') return this.#expire();
    if (result.kind === 'refused') return this.#refuse(result.refusal);
    const { plan, fault } = result;
    // Before the terminal event is out: the next request may follow it at once.
    this.#remember(request, remembered, plan);
    const { clock, stopped } = this.#responder;
    const createdAtSec = Math.floor(clock.wallMs() / 1000);
    const rendering = renderResponse(plan, createdAtSec);
    const stamping = { receivedUs, sendsStamps: this.#sendsStamps, stopped: stopped.of(plan) };
    const canSteer = this.#responder.canSteer(request.model);
    const running = canSteer ? new RunningAnswer(plan, createdAtSec) : undefined;
    this.#running = running;
    const { timing } = plan;
    await streamAnswer({ rendering, timing, fault, running, ...stamping, clock, sink: this.#sink });
    this.#running = undefined;
    if (running !== undefined) await this.#succeed(running, request, remembered);
  }

  /** The answer that follows from what was said into the one before; nobody has to ask for it. */
  async #succeed(
    running: RunningAnswer,
    request: CreateRequest,
    remembered: readonly WireItem[],
  ): Promise<void> {
    const { steer, items } = running;
    if (steer === undefined) return;
    const output = items.map((item): WireItem => ({ type: String(item['type']), ...item }));
    const before = [...remembered, ...request.input, ...output];
    await this.#answer(running.successor(request, steer), before, steer.receivedUs);
  }

  #read(text: string): CreateRequest | string {
    if (typeof this.#context === 'string') return this.#context;
    const frame = frameSchema.safeParse(parseObject(text));
    return frame.success ? readCreateRequest(frame.data, this.#context) : 'expected a response.create frame';
  }

  /** What the request continues; the id itself where nobody knows it. */
  #remembered(id: string | undefined): readonly WireItem[] | string {
    if (id === undefined) return [];
    return this.#memory?.responseId === id ? this.#memory.items : id;
  }

  #remember(request: CreateRequest, remembered: readonly WireItem[], plan: AnswerPlan): void {
    const output = outputItems(plan).map((item): WireItem => ({ type: String(item['type']), ...item }));
    this.#memory = { responseId: plan.responseId, items: [...remembered, ...request.input, ...output] };
  }

  /** Whoever wants to go on does so on a new connection. */
  #expire(): void {
    this.#refuse(connectionLimit());
    this.#socket.close();
  }

  /** A refused continuation forgets what it continued. */
  #refuse({ status, error, retryAfterSec }: Refusal): void {
    this.#memory = undefined;
    const headers = retryAfterSec === undefined ? {} : { headers: { 'retry-after': String(retryAfterSec) } };
    this.#socket.send(JSON.stringify({ type: 'error', status, error: { ...error, ...headers } }));
  }
}

function socketSink(socket: WebSocket, stream: Duplex): Sink {
  const controller = new AbortController();
  // The stream tells sooner than the WebSocket on it, which first waits for a farewell.
  for (const event of ['end', 'close']) stream.once(event, () => controller.abort());
  return {
    write: (events) => {
      stream.cork(); // one write for what is due together
      for (const event of events) socket.send(JSON.stringify(event));
      stream.uncork();
    },
    writeText: (text) => socket.send(text),
    // A fragment that is never followed by the rest of its message.
    writeHalf: (event) =>
      socket.send(firstHalf(JSON.stringify(event)), { fin: false }, () => socket.terminate()),
    cut: () => socket.terminate(),
    end: () => {}, // the connection stays for the next request
    gone: controller.signal,
  };
}
