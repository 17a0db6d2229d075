import OpenAI from 'openai';
import type { ResponseStreamEvent, ResponsesServerEvent } from 'openai/resources/responses/responses';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import type { ChooseFault } from '../simulator/faults.ts';
import { longPatch, modelOf, profileOf, taskOf } from '../simulator/fixtures.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { forwardPort, type OpenedTrial, openTestTrial } from './gateway-fixtures.ts';

/** The package as it is, over a loopback port, through the gateway, to the simulator. */
let faults: ChooseFault = () => undefined;
let simulator: Simulator;
let opened: OpenedTrial;
let forwarded: Awaited<ReturnType<typeof forwardPort>>;
let client: OpenAI;

beforeEach(async () => {
  faults = () => undefined;
  simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({})]]),
    tasks: (id) => (id === 'long' ? taskOf('long', { kind: 'patch', patch: longPatch(12) }) : undefined),
    clock: systemClock,
    faults: (request) => faults(request),
  });
  const model = modelOf(simulator.baseUrl, 'responses-sse');
  opened = await openTestTrial([{ ...model, provider: { ...model.provider, playedBy: 'simulator' } }]);
  forwarded = await forwardPort(opened.trial.socketPath);
  const baseURL = `http://127.0.0.1:${forwarded.port}/v1`;
  client = new OpenAI({ baseURL, apiKey: opened.trial.token, maxRetries: 0 });
});

afterEach(async () => {
  await forwarded[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
});

const shell = { type: 'function' as const, name: 'shell', parameters: { type: 'object' }, strict: false };

async function sseEvents(fields: object): Promise<ResponseStreamEvent[]> {
  const stream = await client.responses.create({ model: 'fast', input: 'Hello', ...fields, stream: true });
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

async function socketEvents(ws: ResponsesWS, fields: object): Promise<ResponsesServerEvent[]> {
  const events: ResponsesServerEvent[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onEvent = (event: ResponsesServerEvent) => {
    events.push(event);
    if (event.type === 'response.completed') resolve();
  };
  const onError = (error: Error) => reject(error);
  ws.on('event', onEvent);
  ws.on('error', onError);
  ws.send({ type: 'response.create', model: 'fast', input: 'Hello', ...fields });
  await promise.finally(() => {
    ws.off('event', onEvent);
    ws.off('error', onError);
  });
  return events;
}

function completedOf(events: readonly ResponsesServerEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'response.completed') throw new Error(`ended with ${last?.type}`);
  return last.response;
}

function textOf(events: readonly ResponsesServerEvent[]): string {
  return events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
}

test('streams over SSE', async () => {
  const events = await sseEvents({});
  expect(textOf(events)).toBe(completedOf(events).output_text ?? textOf(events));
  expect(textOf(events).length).toBeGreaterThan(0);
  expect(opened.records).toMatchObject([{ transport: 'responses-sse', status: 'completed' }]);
});

test('streams and chains over a WebSocket', async () => {
  const ws = new ResponsesWS(client);
  const first = await socketEvents(ws, {});
  expect(textOf(first).length).toBeGreaterThan(0);
  const { id } = completedOf(first);
  await socketEvents(ws, { input: 'More', previous_response_id: id });
  expect(opened.records).toMatchObject([
    { transport: 'responses-websocket', chained: false },
    { transport: 'responses-websocket', chained: true, connectionReused: true },
  ]);
  await expect(socketEvents(ws, { previous_response_id: 'resp_unknown' })).rejects.toThrow(/not found/);
  ws.close();
});

test('answers without streaming', async () => {
  const response = await client.responses.create({ model: 'fast', input: 'Hello' });
  expect(response.output_text.length).toBeGreaterThan(0);
  expect(opened.records).toMatchObject([{ streamed: false, usage: { estimated: false } }]);
});

test('calls tools, over SSE with the whole conversation and over a WebSocket with what is new', async () => {
  opened.trial.begin({ metadata: { task: 'long', step: 'main', attempt: '1', model: 'fast', trial: 't' } });
  const events = await sseEvents({ tools: [shell] });
  const call = completedOf(events).output.find((item) => item.type === 'function_call');
  expect(call?.name).toBe('shell');
  const result = { type: 'function_call_output', call_id: call?.call_id, output: 'ok' };
  const second = await sseEvents({
    tools: [shell],
    input: [{ role: 'user', content: 'Hello' }, ...completedOf(events).output, result],
  });
  expect(completedOf(second).output.length).toBeGreaterThan(0);

  const ws = new ResponsesWS(client);
  const chained = completedOf(await socketEvents(ws, { tools: [shell] }));
  const sameCall = chained.output.find((item) => item.type === 'function_call');
  const next = completedOf(
    await socketEvents(ws, {
      tools: [shell],
      previous_response_id: chained.id,
      input: [{ ...result, call_id: sameCall?.call_id }],
    }),
  );
  const kinds = (response: typeof next) => response.output.map(({ type }) => type);
  expect(kinds(next)).toEqual(kinds(completedOf(second)));
  expect(opened.records.map(({ turn, kind }) => `${kind} ${turn}`)).toEqual([
    'turn 1',
    'turn 2',
    'turn 3',
    'turn 4',
  ]);
  ws.close();
});

test('reads errors as its own', async () => {
  await expect(client.responses.create({ model: 'other', input: 'x' })).rejects.toBeInstanceOf(
    OpenAI.NotFoundError,
  );
  const stranger = new OpenAI({ baseURL: client.baseURL, apiKey: 'no', maxRetries: 0 });
  await expect(stranger.responses.create({ model: 'fast', input: 'x' })).rejects.toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
  faults = () => ({ kind: 'status', status: 400 });
  await expect(sseEvents({})).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  faults = () => ({ kind: 'status', status: 429 });
  await expect(sseEvents({})).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  expect(opened.trial.failure).toMatchObject({ kind: 'provider', error: { kind: 'rate-limited' } });
});

test('does not see what was tried again', async () => {
  faults = ({ number }) => (number === 1 ? { kind: 'status', status: 503 } : undefined);
  expect(textOf(await sseEvents({})).length).toBeGreaterThan(0);
  faults = ({ number }) => (number === 3 ? { kind: 'status', status: 503 } : undefined);
  const ws = new ResponsesWS(client);
  expect(textOf(await socketEvents(ws, {})).length).toBeGreaterThan(0);
  expect(opened.records.map(({ attempt, status }) => `${attempt} ${status}`)).toEqual([
    '1 failed',
    '2 completed',
    '1 failed',
    '2 completed',
  ]);
  ws.close();
});
