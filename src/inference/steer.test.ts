import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type RequestRecord, requestRecordSchema } from '../domain/request-record.ts';
import type { Task } from '../domain/task.ts';
import { systemClock } from '../lib/clock.ts';
import type { ConversationItem, InferenceSession, ModelAnswer } from './client.ts';
import { createInferenceClient } from './inference-client.ts';
import { longPatch, modelOf, profileOf, smallPatch, taskOf } from './simulator/fixtures.ts';
import { startSimulator } from './simulator/simulator.ts';

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  while (disposables.length > 0) await disposables.pop()?.[Symbol.asyncDispose]();
});

const said = 'No, only this: mend line two.';
const changed: Task = {
  ...taskOf('changed', { kind: 'patch', patch: smallPatch }, { kind: 'patch', patch: longPatch(40) }),
  intervention: {
    kind: 'redirect',
    at: { kind: 'during-stream', answer: 1 },
    atText: 'during-stream',
    message: said,
    follows: { files: ['a.txt'] },
    stale: { files: ['long.txt'] },
  },
};

const tools = ['shell', 'apply_patch'].map((name) => ({ name, description: name, parameters: {} }));
const first: ConversationItem = { type: 'message', role: 'user', text: 'Write it all.' };
const order: ConversationItem = { type: 'message', role: 'user', text: said };

interface Conversation {
  readonly session: InferenceSession;
  readonly records: RequestRecord[];
}

function converse(baseUrl: string): Conversation {
  const records: RequestRecord[] = [];
  const client = createInferenceClient({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 2, baseMs: 5, maxMs: 10 },
    random: Math.random,
    stallTimeoutMs: 5000,
    connectTimeoutMs: 2000,
  });
  disposables.push(client);
  const session = client.openSession({
    model: { ...modelOf(baseUrl, 'responses-websocket'), canSteer: true },
    trialId: 'trial-1',
    metadata: { task: 'changed', attempt: '1', model: 'fast', trial: 'trial-1' },
    onRecord: (record) => records.push(requestRecordSchema.parse(record)),
  });
  return { session, records };
}

async function withSimulator(canSteer: boolean): Promise<Conversation> {
  const simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', { ...profileOf({ tokensPerSecond: 200 }), style: 'light', canSteer }]]),
    tasks: () => changed,
    clock: systemClock,
  });
  disposables.push(simulator);
  return converse(simulator.baseUrl);
}

const signal = new AbortController().signal;
const ask = ({ session }: Conversation, input: readonly ConversationItem[]): Promise<ModelAnswer> =>
  session.respond({ instructions: '', input, tools }, { signal });

/** Asks, and speaks into the answer at its first token. */
function askAndSteer({ session }: Conversation, input: readonly ConversationItem[]): Promise<ModelAnswer> {
  const speaking = new AbortController();
  return session.respond(
    { instructions: '', input, tools },
    { signal, steer: { signal: speaking.signal, input: [order] }, onToken: () => speaking.abort() },
  );
}

describe('a model that can be steered', () => {
  test('ends its answer and goes on with what was said, on the same connection and without the full input', async () => {
    const conversation = await withSimulator(true);
    const old = await askAndSteer(conversation, [first]);
    expect(old).toMatchObject({ status: 'incomplete', reason: 'steered', record: { steer: 'ended-by' } });
    const next = await ask(conversation, [first, order]);
    expect(next).toMatchObject({
      status: 'completed',
      record: { steer: 'successor', chained: true, connectionReused: true },
    });
    // What it plays now is the changed task.
    expect(JSON.stringify('items' in next ? next.items : [])).toContain('a.txt');
    const [before, after] = conversation.records;
    expect(after?.requestBytes).toBeLessThan(before?.requestBytes ?? 0);
    expect(after?.marks.t0).toBeGreaterThanOrEqual(before?.marks.firstAction ?? Number.NaN);
    expect(after?.serverStamps?.received).toBeGreaterThanOrEqual(after?.marks.t0 ?? Number.NaN);
    expect(before?.usage?.output).toBeGreaterThan(0);
  });

  test('is asked again as ever afterwards: the chain goes on', async () => {
    const conversation = await withSimulator(true);
    await askAndSteer(conversation, [first]);
    const next = await ask(conversation, [first, order]);
    if (next.status !== 'completed') throw new Error(next.status);
    const results = next.items.flatMap((item): ConversationItem[] =>
      item.type === 'function-call'
        ? [{ type: 'function-result', callId: item.callId, output: 'exit code 0' }]
        : [],
    );
    const last = await ask(conversation, [first, order, ...next.items, ...results]);
    expect(last).toMatchObject({ status: 'completed', record: { chained: true, connectionReused: true } });
    expect(last).not.toHaveProperty('record.reconnect');
  });

  test('is sent the full input on a new connection where the next request says something else', async () => {
    const conversation = await withSimulator(true);
    await askAndSteer(conversation, [first]);
    const other: ConversationItem = { type: 'message', role: 'user', text: 'Never mind.' };
    expect(await ask(conversation, [first, other])).toMatchObject({
      status: 'completed',
      record: { chained: false, reconnect: 'not-steered' },
    });
  });
});

test('a model that turns out not to be steerable is stopped by closing the connection', async () => {
  const conversation = await withSimulator(false);
  expect(await askAndSteer(conversation, [first])).toMatchObject({ status: 'aborted' });
  expect(await ask(conversation, [first, order])).toMatchObject({
    status: 'completed',
    record: { connectionReused: false, chained: false, reconnect: 'aborted' },
  });
});

test('the stamps of a stopped answer come with the next one of the trial', async () => {
  const conversation = await withSimulator(false);
  const stop = new AbortController();
  const options = { signal: stop.signal, onToken: () => stop.abort() };
  const stopped = await conversation.session.respond({ instructions: '', input: [first], tools }, options);
  if (stopped.status !== 'aborted') throw new Error(stopped.status);
  expect(stopped.record).toMatchObject({ status: 'aborted', marks: { lastToken: expect.any(Number) } });
  expect(stopped.record?.serverStamps).toBeUndefined();
  await ask(conversation, [first, order]);
  const stamps = conversation.records[1]?.serverStamps?.stoppedBefore;
  expect(stamps?.firstToken).toBeLessThanOrEqual(stopped.record?.marks.lastToken ?? Number.NaN);
  expect(stamps?.received).toBeLessThan(conversation.records[1]?.marks.t0 ?? Number.NaN);
});

/** A server that begins to answer and then does what the test wants with each message after the request. */
async function withServer(hear: (frame: { type: string }, socket: WebSocket) => void): Promise<Conversation> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/v1/responses' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string };
      if (frame.type !== 'response.create') return hear(frame, socket);
      send(socket, { type: 'response.created', response: { id: 'resp_1', model: 'fast' } });
      send(socket, { type: 'response.output_text.delta', output_index: 0, delta: 'I will' });
      if (isOrdered(frame)) send(socket, ended('completed'));
    });
  });
  disposables.push({
    [Symbol.asyncDispose]: async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  });
  return converse(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
}

const send = (socket: WebSocket, event: object): void => socket.send(JSON.stringify(event));
const isOrdered = (frame: object): boolean => JSON.stringify(frame).includes(said);
const call = { type: 'function_call', call_id: 'c', name: 'shell', arguments: '{}' };
const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I will' }] };
const ended = (kind: 'completed' | 'incomplete', item: object = message, reason = 'steered') => ({
  type: `response.${kind}`,
  response: {
    id: 'resp_1',
    output: [item],
    ...(kind === 'completed' ? {} : { incomplete_details: { reason } }),
  },
});

const refused = {
  type: 'error',
  error: { type: 'invalid_request_error', code: 'unknown_event', message: 'no' },
};

test.each([
  ['an error, for an event that the server does not know', [refused]],
  ['steer.failed', [{ type: 'response.steer.failed', error: { code: 'x' } }]],
  ['steer.pending, for a result that is owed', [{ type: 'response.steer.pending', required_input: [] }]],
])('%s: the answer counts as stopped, and the next one is asked for in full', async (_, events) => {
  const conversation = await withServer((_frame, socket) => {
    for (const event of events) send(socket, event);
  });
  expect(await askAndSteer(conversation, [first])).toMatchObject({ status: 'aborted' });
  expect(await ask(conversation, [first, order])).toMatchObject({
    status: 'completed',
    record: { chained: false, reconnect: 'aborted' },
  });
});

test.each([
  ['ends before the steer is taken', [ended('completed')]],
  ['asks for a tool after it was accepted', [{ type: 'response.steer.accepted' }, ended('completed', call)]],
  [
    'is cut for another reason',
    [{ type: 'response.steer.accepted' }, ended('incomplete', message, 'max_output_tokens')],
  ],
])('an answer that %s stands as it is, and the connection is given up', async (_, events) => {
  const conversation = await withServer((_frame, socket) => {
    for (const event of events) send(socket, event);
  });
  const old = await askAndSteer(conversation, [first]);
  expect(old).toHaveProperty('items');
  expect(old).not.toHaveProperty('record.steer');
  expect(await ask(conversation, [first, order])).toMatchObject({
    status: 'completed',
    record: { chained: false, reconnect: 'not-steered' },
  });
});

test('a successor whose events come in one piece with the old answer’s end is read from its beginning', async () => {
  const conversation = await withServer((_frame, socket) => {
    const delta = { type: 'response.output_text.delta', output_index: 0, delta: 'As you say' };
    const created = { type: 'response.created', response: { id: 'resp_2', model: 'fast' } };
    const events = [
      { type: 'response.steer.accepted' },
      ended('incomplete'),
      created,
      delta,
      ended('completed'),
    ];
    const stream = (socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket; // one write for all
    stream.cork();
    for (const event of events) send(socket, event);
    stream.uncork();
  });
  expect(await askAndSteer(conversation, [first])).toMatchObject({ reason: 'steered' });
  const next = await ask(conversation, [first, order]);
  expect(next).toMatchObject({ status: 'completed', record: { steer: 'successor', chunks: 1 } });
  expect(conversation.records[1]?.marks.created).toBeDefined();
});
