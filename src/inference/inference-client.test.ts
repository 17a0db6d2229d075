import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ModelProfile, TransportName } from '../domain/model.ts';
import { type RequestRecord, requestRecordSchema } from '../domain/request-record.ts';
import { systemClock } from '../lib/clock.ts';
import type { ConversationItem, ModelAnswer, ModelRequest, SessionOptions } from './client.ts';
import { createInferenceClient } from './inference-client.ts';
import { decodeRate } from './latency.ts';
import type { CreateRequest } from './simulator/create-request.ts';
import type { ChooseFault, Fault } from './simulator/faults.ts';
import { longPatch, modelOf, profileOf, smallPatch, taskOf } from './simulator/fixtures.ts';
import { type SimulatorOptions, startSimulator } from './simulator/simulator.ts';

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  while (disposables.length > 0) await disposables.pop()?.[Symbol.asyncDispose]();
});
function using<T extends AsyncDisposable>(value: T): T {
  disposables.push(value);
  return value;
}

const tools = ['shell', 'apply_patch'].map((name) => ({
  name,
  description: name,
  parameters: { type: 'object' },
}));
const patchTask = taskOf('small', { kind: 'patch', patch: smallPatch });
const mediumTask = taskOf('medium', { kind: 'patch', patch: longPatch(12) });
const longTask = taskOf('long', { kind: 'patch', patch: longPatch(250) });

interface Setup {
  readonly transport: TransportName;
  readonly faults?: ChooseFault;
  readonly simulator?: Partial<SimulatorOptions>;
  readonly task?: string;
  readonly stallTimeoutMs?: number;
  readonly env?: Record<string, string>;
  readonly model?: (baseUrl: string) => ModelProfile;
  readonly session?: Partial<SessionOptions>;
}

async function setUp(setup: Setup) {
  const seen: CreateRequest[] = [];
  const simulator = using(
    await startSimulator({
      seed: 1,
      profiles: new Map([['fast', profileOf({})]]),
      tasks: (id) => [patchTask, mediumTask, longTask].find((task) => task.id === id),
      clock: systemClock,
      ...setup.simulator,
      faults: (request) => {
        seen.push(request.request);
        return setup.faults?.(request);
      },
    }),
  );
  const opened = open(setup, simulator.baseUrl);
  return { ...opened, seen, simulator };
}

function open(setup: Setup, baseUrl: string) {
  const records: RequestRecord[] = [];
  const client = using(
    createInferenceClient({
      clock: systemClock,
      env: setup.env ?? {},
      retry: { maxAttempts: 3, baseMs: 5, maxMs: 20 },
      random: Math.random,
      stallTimeoutMs: setup.stallTimeoutMs ?? 5000,
      connectTimeoutMs: 2000,
    }),
  );
  const session = client.openSession({
    model: setup.model?.(baseUrl) ?? modelOf(baseUrl, setup.transport),
    trialId: 'trial-1',
    metadata: { task: setup.task ?? 'small', attempt: '1', model: 'fast', trial: 'trial-1', step: 'main' },
    onRecord: (record) => records.push(requestRecordSchema.parse(record)),
    ...setup.session,
  });
  const respond = (request: ModelRequest, signal = new AbortController().signal) =>
    session.respond(request, { signal });
  return { session, records, respond };
}

const firstRequest = (text = 'Fix it.'): ModelRequest => ({
  instructions: 'You are an agent.',
  input: [{ type: 'message', role: 'user', text }],
  tools,
});

/** The next request of an agent whose tools all answered the same. */
function grown(request: ModelRequest, answer: ModelAnswer, output = 'exit code 0'): ModelRequest {
  if (answer.status !== 'completed') throw new Error(`not completed: ${JSON.stringify(answer)}`);
  const results = answer.items.flatMap((item): ConversationItem[] =>
    item.type === 'function-call' ? [{ type: 'function-result', callId: item.callId, output }] : [],
  );
  return { ...request, input: [...request.input, ...answer.items, ...results] };
}

async function converse(respond: (request: ModelRequest) => Promise<ModelAnswer>, turns = 20) {
  const answers: ModelAnswer[] = [];
  let request = firstRequest();
  for (let turn = 0; turn < turns; turn += 1) {
    const answer = await respond(request);
    answers.push(answer);
    if (answer.status !== 'completed' || !answer.items.some((item) => item.type === 'function-call')) break;
    request = grown(request, answer);
  }
  return answers;
}

/** The fault at the n-th request that reaches the server. */
const at =
  (number: number, fault: Fault): ChooseFault =>
  (request) =>
    request.number === number ? fault : undefined;

const transports = ['responses-websocket', 'responses-sse'] as const;

describe.each(transports)('over %s', (transport) => {
  test('a conversation runs to its end with marks that are complete and in order', async () => {
    const { respond, records } = await setUp({ transport });
    const answers = await converse(respond);
    expect(answers.at(-1)).toMatchObject({ status: 'completed' });
    expect(records.map((record) => record.turn)).toEqual(records.map((_, index) => index + 1));
    for (const { marks, serverStamps, usage, chunks, status } of records) {
      const order = [
        marks.t0,
        marks.accepted,
        marks.created,
        marks.firstAction,
        marks.lastToken,
        marks.completed,
      ];
      expect(order.every((mark) => mark !== undefined)).toBe(true);
      expect(order).toEqual(order.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
      expect(serverStamps?.firstToken).toBeLessThanOrEqual(marks.firstAction ?? 0);
      expect(serverStamps?.received).toBeGreaterThanOrEqual(marks.t0);
      expect(usage).toMatchObject({ estimated: false, reasoning: 0 });
      expect(chunks).toBeGreaterThan(0);
      expect(status).toBe('completed');
    }
    const [first, ...later] = records;
    expect(first?.connectionReused).toBe(false);
    expect(first?.marks.connectEnd).toBeLessThanOrEqual(first?.marks.t0 ?? 0);
    expect(later.every((record) => record.connectionReused && record.marks.connectStart === undefined)).toBe(
      true,
    );
    expect(records.every((record) => record.simulated && record.transport === transport)).toBe(true);
  });

  test('hidden reasoning with a summary is marked, counted and handed back', async () => {
    const profile = profileOf({ tokensPerSecond: 4000 });
    const { respond, records, seen } = await setUp({
      transport,
      simulator: { profiles: new Map([['fast', { ...profile, style: 'thorough' as const }]]) },
    });
    const answers = await converse(respond, 2);
    const first = answers[0];
    if (first?.status !== 'completed') throw new Error('not completed');
    expect(first.items[0]).toMatchObject({ type: 'reasoning', encrypted: expect.any(String) });
    expect(first.usage.reasoning).toBeGreaterThan(0);
    expect(records[0]?.marks.firstReasoning).toBeLessThan(records[0]?.marks.firstAction ?? 0);
    expect(records[0]?.reasoningStreamed).toBeUndefined();
    expect(first.items.filter((item) => item.type === 'function-call')).toHaveLength(2);
    const types = seen[1]?.input.map((item) => item.type);
    expect(types?.slice(-2)).toEqual(['function_call_output', 'function_call_output']);
    if (transport === 'responses-sse') expect(types?.[1]).toBe('reasoning');
  });

  test('visible text is handed out as it comes', async () => {
    const { session } = await setUp({ transport, task: 'nobody knows it' });
    let text = '';
    const answer = await session.respond(firstRequest(), {
      signal: new AbortController().signal,
      onText: (delta) => {
        text += delta;
      },
    });
    expect(answer).toMatchObject({
      status: 'completed',
      items: [{ type: 'message', text, phase: 'final_answer' }],
    });
  });

  test.each<[string, Fault, Partial<RequestRecord['error'] & object>]>([
    ['a status 500', { kind: 'status', status: 500 }, { kind: 'server' }],
    ['an overload', { kind: 'status', status: 503 }, { kind: 'overloaded' }],
    ['a cut stream', { kind: 'cut', afterEvents: 5 }, { kind: 'stream-cut' }],
    ['malformed JSON', { kind: 'malformed' }, { kind: 'malformed' }],
    ['a stall', { kind: 'stall' }, { kind: 'stalled' }],
  ])('%s is recorded, waited for and tried again from the full input', async (_name, fault, error) => {
    const { respond, records, seen } = await setUp({ transport, faults: at(2, fault), stallTimeoutMs: 150 });
    const request = firstRequest();
    const first = await respond(request);
    const answer = await respond(grown(request, first));
    expect(answer.status).toBe('completed');
    expect(records.map((record) => [record.turn, record.attempt, record.status])).toEqual([
      [1, 1, 'completed'],
      [2, 1, 'failed'],
      [2, 2, 'completed'],
    ]);
    expect(records[1]?.error).toMatchObject({ ...error, retryable: true });
    expect(records[2]?.backoffUs).toBeGreaterThan(1000);
    expect(records[2]?.chained).toBe(false);
    expect(seen[2]?.previousResponseId).toBeUndefined();
    expect(seen[2]?.input.length).toBeGreaterThan(2);
  });

  test.each<[string, Fault, string]>([
    ['401', { kind: 'status', status: 401 }, 'authentication'],
    ['an invalid request', { kind: 'status', status: 400 }, 'invalid-request'],
    [
      'an overlong context',
      {
        kind: 'status',
        status: 400,
        body: { error: { code: 'context_length_exceeded', message: 'too long' } },
      },
      'context-overflow',
    ],
  ])('%s is not tried again', async (_name, fault, kind) => {
    const { respond, records } = await setUp({ transport, faults: () => fault });
    const answer = await respond(firstRequest());
    expect(answer).toMatchObject({
      status: 'failed',
      error: { kind, retryable: false, provider: 'simulated' },
    });
    expect(records).toHaveLength(1);
  });

  test('Retry-After is honoured', async () => {
    const fault: Fault = { kind: 'status', status: 429, retryAfterSec: 0.3 };
    const { respond, records } = await setUp({ transport, faults: at(1, fault) });
    expect(await respond(firstRequest())).toMatchObject({ status: 'completed' });
    expect(records[0]?.error).toMatchObject({ kind: 'rate-limited', retryAfterMs: 300 });
    expect(records[1]?.backoffUs).toBeGreaterThanOrEqual(299_000);
    expect(records[1]?.backoffUs).toBeLessThan(600_000);
  });

  test('after the last try the failure is a value', async () => {
    const { respond, records } = await setUp({ transport, faults: () => ({ kind: 'status', status: 500 }) });
    expect(await respond(firstRequest())).toMatchObject({
      status: 'failed',
      error: { kind: 'server', status: 500 },
    });
    expect(records.map((record) => record.attempt)).toEqual([1, 2, 3]);
  });

  test('a server that is not there is a connect failure', async () => {
    const { respond, records } = open({ transport }, 'http://127.0.0.1:9/v1');
    expect(await respond(firstRequest())).toMatchObject({
      status: 'failed',
      error: { kind: 'connect', message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(records).toHaveLength(3);
  });

  test('an abort returns at once, and what is aborted before is not sent', async () => {
    const slow = { ...profileOf({ ttftMs: 10, tokensPerSecond: 20 }), style: 'light' as const };
    const { respond, records } = await setUp({
      transport,
      simulator: { profiles: new Map([['fast', slow]]) },
    });
    const controller = new AbortController();
    let abortedMs = 0;
    void setTimeout(120).then(() => {
      abortedMs = performance.now();
      controller.abort();
    });
    expect(await respond(firstRequest(), controller.signal)).toMatchObject({ status: 'aborted' });
    expect(performance.now() - abortedMs).toBeLessThan(100);
    expect(records).toMatchObject([{ status: 'aborted', marks: { firstAction: expect.any(Number) } }]);
    expect(await respond(firstRequest(), AbortSignal.abort())).toMatchObject({ status: 'aborted' });
  });

  test('the decode rate is the profile’s', { retry: 2 }, async () => {
    for (const tokensPerSecond of [1000, 65]) {
      const { respond, records } = await setUp({
        transport,
        task: tokensPerSecond === 1000 ? 'long' : 'medium',
        simulator: {
          profiles: new Map([['fast', { ...profileOf({ tokensPerSecond }), style: 'light' as const }]]),
        },
      });
      await converse(respond, 3);
      const longest = records.toSorted((a, b) => (b.usage?.output ?? 0) - (a.usage?.output ?? 0))[0];
      const rate = longest === undefined ? undefined : decodeRate(longest);
      if (rate?.status !== 'measured') throw new Error(JSON.stringify(rate));
      expect(Math.abs(rate.value / tokensPerSecond - 1)).toBeLessThan(0.03);
    }
  });

  test('a base URL that is none is a failure, not an exception', async () => {
    const broken = open({ transport }, 'not a url');
    expect(await broken.respond(firstRequest())).toMatchObject({ status: 'failed' });
  });
});

describe('chaining over WebSocket', () => {
  const transport = 'responses-websocket';

  test('only what is new is sent, and the server counts the rest as cached', async () => {
    const { respond, records, seen } = await setUp({ transport });
    await converse(respond);
    expect(records.length).toBeGreaterThan(2);
    expect(records.map((record) => record.chained)).toEqual(records.map((_, index) => index > 0));
    for (const request of seen.slice(1)) {
      expect(request.previousResponseId).toMatch(/^resp_/);
      expect(request.input.map((item) => item.type)).toEqual(['function_call_output']);
      expect(request.instructions).toBe('You are an agent.');
      expect(request.tools).toEqual(['shell', 'apply_patch']);
    }
    expect(records.at(-1)?.usage?.cachedInput).toBeGreaterThan(0);
  });

  test('a conversation that was changed goes out whole on the same connection', async () => {
    const { respond, records, seen } = await setUp({ transport });
    const request = firstRequest();
    const next = grown(request, await respond(request));
    const [head, ...rest] = next.input;
    await respond({ ...next, input: [{ type: 'message', role: 'user', text: 'other' }, ...rest] });
    expect(head).toBeDefined();
    expect(records[1]).toMatchObject({ chained: false, connectionReused: true });
    expect(seen[1]?.input.length).toBe(next.input.length);
  });

  test.each<[string, Fault, string]>([
    ['a lost response', { kind: 'previous-not-found' }, 'previous-response-not-found'],
    [
      'the limit of a connection',
      {
        kind: 'status',
        status: 400,
        body: { error: { code: 'websocket_connection_limit_reached', message: '60 minutes' } },
      },
      'connection-limit',
    ],
    ['a dropped connection', { kind: 'drop-connection' }, 'connection-dropped'],
  ])('%s: the full input goes out at once on a new connection', async (_name, fault, reconnect) => {
    const { respond, records, seen } = await setUp({ transport, faults: at(2, fault) });
    const request = firstRequest();
    const next = grown(request, await respond(request));
    const answer = await respond(next);
    expect(answer.status).toBe('completed');
    expect(records[2]).toMatchObject({
      attempt: 2,
      backoffUs: 0,
      reconnect,
      chained: false,
      connectionReused: false,
    });
    expect(seen[2]?.input.length).toBe(next.input.length);
    await respond(grown(next, answer));
    expect(records[3]).toMatchObject({ chained: true, connectionReused: true });
  });

  test('an abort closes the connection on the server’s side, too', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    using({ [Symbol.asyncDispose]: async () => server.close() });
    const closed = Promise.withResolvers<number>();
    server.on('connection', (socket) => socket.on('close', () => closed.resolve(performance.now())));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { respond, records } = open({ transport }, `http://127.0.0.1:${port}/v1`);
    const controller = new AbortController();
    let abortedMs = 0;
    void setTimeout(80).then(() => {
      abortedMs = performance.now();
      controller.abort();
    });
    expect(await respond(firstRequest(), controller.signal)).toMatchObject({ status: 'aborted' });
    expect((await closed.promise) - abortedMs).toBeLessThan(100);
    expect(records).toMatchObject([{ status: 'aborted' }]);
  });

  test('a connection that was closed while idle is replaced without a failed attempt', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    using({
      [Symbol.asyncDispose]: async () => {
        for (const socket of server.clients) socket.terminate();
        server.close();
      },
    });
    server.on('connection', (socket) => {
      socket.on('message', () => {
        socket.send(JSON.stringify({ type: 'response.completed', response: { id: 'r', output: [] } }));
        socket.close();
      });
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { respond, records } = open({ transport }, `http://127.0.0.1:${port}/v1`);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await respond(firstRequest())).toMatchObject({ status: 'completed' });
      await setTimeout(50);
    }
    expect(records).toMatchObject([
      { turn: 1, attempt: 1 },
      { turn: 2, attempt: 1, reconnect: 'connection-closed', connectionReused: false },
    ]);
  });
});

describe('servers that are not the simulator', () => {
  type Handler = (request: IncomingMessage, response: ServerResponse) => void;
  async function serve(handler: Handler) {
    const server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    using({
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }
  const events = (response: ServerResponse, ...list: object[]) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  };
  const transport = 'responses-sse';

  test('an answer without usage is estimated, unknown events are ignored, items come from their own events', async () => {
    const item = {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello you' }],
    };
    const baseUrl = await serve((_request, response) =>
      events(
        response,
        { type: 'keepalive' },
        { type: 'response.created', response: { id: 'resp_1', model: 'served-model' } },
        { type: 'response.output_text.delta', output_index: 0, delta: 'Hello you' },
        { type: 'response.output_item.done', output_index: 0, item },
        { type: 'responsesapi.websocket_timing', timing_metrics: { engine_iapi_ttft_total_ms: 3 } },
        { type: 'response.completed', response: { id: 'resp_1', model: 'served-model', output: [] } },
      ),
    );
    const { respond, records } = open({ transport }, baseUrl);
    const answer = await respond(firstRequest());
    expect(answer).toMatchObject({
      status: 'completed',
      items: [{ text: 'Hello you' }],
      usage: { estimated: true },
    });
    expect(records[0]).toMatchObject({
      servedModel: 'served-model',
      usage: { output: 3, estimated: true },
      serverTiming: { engine_iapi_ttft_total_ms: 3 },
    });
  });

  test('refusals, cut answers and failed responses are told apart', async () => {
    const refusal = { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] };
    const call = {
      type: 'function_call',
      status: 'incomplete',
      call_id: 'c',
      name: 'shell',
      arguments: '{"comm',
    };
    const replies: object[] = [
      { type: 'response.completed', response: { output: [refusal] } },
      {
        type: 'response.incomplete',
        response: { output: [call], incomplete_details: { reason: 'max_output_tokens' } },
      },
      { type: 'response.failed', response: { error: { code: 'invalid_prompt', message: 'no such prompt' } } },
      { type: 'error', code: 'context_length_exceeded', message: 'too long' },
    ];
    const baseUrl = await serve((_request, response) => events(response, replies.shift() ?? {}));
    const { respond, records } = open({ transport }, baseUrl);
    expect(await respond(firstRequest())).toMatchObject({ status: 'refused', message: 'No.' });
    expect(await respond(firstRequest())).toMatchObject({
      status: 'incomplete',
      reason: 'max_output_tokens',
      items: [],
    });
    expect(await respond(firstRequest())).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid-request' },
    });
    expect(await respond(firstRequest())).toMatchObject({
      status: 'failed',
      error: { kind: 'context-overflow' },
    });
    expect(records.map((record) => record.status)).toEqual(['completed', 'incomplete', 'failed', 'failed']);
  });

  test('a page that is no event stream is malformed', async () => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>');
    });
    const { respond } = open({ transport }, baseUrl);
    expect(await respond(firstRequest())).toMatchObject({ status: 'failed', error: { kind: 'malformed' } });
  });

  test('an abort closes the connection on the server’s side, too', async () => {
    const closed = Promise.withResolvers<number>();
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"type":"response.created"}\n\n');
      response.on('close', () => closed.resolve(performance.now()));
    });
    const { respond } = open({ transport }, baseUrl);
    const controller = new AbortController();
    let abortedMs = 0;
    void setTimeout(50).then(() => {
      abortedMs = performance.now();
      controller.abort();
    });
    expect(await respond(firstRequest(), controller.signal)).toMatchObject({ status: 'aborted' });
    expect((await closed.promise) - abortedMs).toBeLessThan(100);
  });

  test('an upgrade that is refused is read like any HTTP error', async () => {
    const baseUrl = await serve((_request, response) => response.writeHead(404).end());
    const { respond, records } = open({ transport: 'responses-websocket' }, baseUrl);
    expect(await respond(firstRequest())).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid-request', status: 404 },
    });
    expect(records[0]).toMatchObject({ httpStatus: 404, marks: { connectStart: expect.any(Number) } });
  });

  test('the key goes along where the profile names it, and its lack is said', async () => {
    let authorization: string | undefined;
    const baseUrl = await serve((request, response) => {
      authorization = request.headers.authorization;
      events(response, { type: 'response.completed', response: { output: [] } });
    });
    const model = (url: string): ModelProfile => ({
      ...modelOf(url, transport),
      provider: { name: 'openai', kind: 'openai', baseUrl: url, apiKeyEnv: 'SOME_KEY' },
    });
    const without = open({ transport, model }, baseUrl);
    expect(await without.respond(firstRequest())).toMatchObject({
      status: 'failed',
      error: { kind: 'authentication', message: expect.stringContaining('SOME_KEY') },
    });
    const with_ = open({ transport, model, env: { SOME_KEY: 'sk-1' } }, baseUrl);
    expect(await with_.respond(firstRequest())).toMatchObject({ status: 'completed' });
    expect(authorization).toBe('Bearer sk-1');
  });
});
