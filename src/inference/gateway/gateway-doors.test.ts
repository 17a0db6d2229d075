import { expect, test } from 'vitest';
import {
  askAsAgent,
  canary,
  openTestTrial,
  realModel,
  sse,
  startScriptedServer,
} from './gateway-fixtures.ts';

const events = { 'content-type': 'text/event-stream' };
const model = { model: 'real', stream: true, messages: [{ role: 'user', content: 'Hello' }] };

function chunks(objects: readonly object[]): string {
  return `${objects.map((object) => `data: ${JSON.stringify(object)}\n\n`).join('')}data: [DONE]\n\n`;
}

const chat = (delta: object, finish_reason: string | null = null) => ({
  id: 'c1',
  model: 'real-2026',
  choices: [{ index: 0, delta, finish_reason }],
});

test('chat completions pass as they are, with their usage', async () => {
  const usage = { prompt_tokens: 20, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 8 } };
  const text = chunks([
    chat({ role: 'assistant', content: '' }),
    chat({ content: 'wörds' }),
    chat({}, 'stop'),
    { id: 'c1', choices: [], usage },
  ]);
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(text),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const tools = [{ type: 'function', function: { name: 'shell' } }];
  const answer = await askAsAgent(opened.trial, { path: '/v1/chat/completions', body: { ...model, tools } });
  expect(answer.body).toBe(text);
  const [received] = server.received;
  expect(received?.request.url).toBe('/v1/chat/completions');
  expect(received?.request.headers.authorization).toBe(`Bearer ${canary}`);
  // Asking for timings is a word of the Responses API.
  expect(received?.request.headers).not.toHaveProperty('x-responsesapi-include-timing-metrics');
  expect(opened.records).toMatchObject([
    {
      transport: 'chat-sse',
      kind: 'turn',
      responseId: 'c1',
      servedModel: 'real-2026',
      chunks: 1,
      usage: { input: 20, cachedInput: 8, output: 5, estimated: false },
    },
  ]);
  expect(opened.records[0]?.marks.firstText).toBeDefined();
});

test('a chat answer without usage gets an estimate, and says so', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(200, events).end(chunks([chat({ content: 'twelve chars' }), chat({}, 'stop')])),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  await askAsAgent(opened.trial, { path: '/v1/chat/completions', body: model });
  const input = Math.ceil(Buffer.byteLength(JSON.stringify(model)) / 4);
  expect(opened.records[0]?.usage).toMatchObject({ input, output: 3, estimated: true });
});

test('a chat answer in one piece is read, too', async () => {
  const whole = {
    id: 'c2',
    model: 'real-2026',
    choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 20, completion_tokens: 5 },
  };
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole)),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, {
    path: '/v1/chat/completions',
    body: { ...model, stream: false },
  });
  expect(JSON.parse(answer.body)).toEqual(whole);
  expect(opened.records[0]).toMatchObject({
    streamed: false,
    status: 'completed',
    usage: { output: 5 },
    chunks: 0,
  });
  expect(opened.records[0]?.marks.firstText).toBeUndefined();
});

const messageStart = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude-x',
    usage: {
      input_tokens: 10,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 5,
      output_tokens: 1,
    },
  },
};

const anthropicAnswer = [
  messageStart,
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', id: 't1', name: 'shell', input: {} },
  },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 25 } },
  { type: 'message_stop' },
];

test('messages pass as they are, with the key where that API has it', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse(anthropicAnswer)),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, {
    path: '/v1/messages?beta=true',
    body: { ...model, max_tokens: 4096 },
    headers: { authorization: '', 'x-api-key': opened.trial.token, 'anthropic-version': '2023-06-01' },
  });
  expect(answer.body).toBe(sse(anthropicAnswer));
  const [received] = server.received;
  expect(received?.request.url).toBe('/v1/messages?beta=true');
  expect(received?.request.headers).toMatchObject({ 'x-api-key': canary, 'anthropic-version': '2023-06-01' });
  expect(received?.request.headers).not.toHaveProperty('authorization');
  expect(opened.records).toMatchObject([
    {
      transport: 'messages-sse',
      kind: 'turn',
      responseId: 'msg_1',
      servedModel: 'claude-x',
      chunks: 2,
      usage: { input: 45, cachedInput: 30, output: 25, estimated: false },
    },
  ]);
  const { created = 0, firstReasoning = 0, firstToolArg = 0, completed = 0 } = opened.records[0]?.marks ?? {};
  expect(created).toBeGreaterThan(0);
  expect([created, firstReasoning, firstToolArg, completed]).toEqual(
    [created, firstReasoning, firstToolArg, completed].toSorted((a, b) => a - b),
  );
});

test('an overloaded messages provider is tried again; one that ends too early is cut', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response, number) => {
      if (number === 1)
        response.writeHead(529).end('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}');
      else response.writeHead(200, events).end(sse(anthropicAnswer.slice(0, 4)));
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, {
    path: '/v1/messages',
    body: { ...model, max_tokens: 4096 },
  });
  expect(answer.body).toBe(sse(anthropicAnswer.slice(0, 4)));
  expect(opened.records.map(({ status, error }) => [status, error?.kind])).toEqual([
    ['failed', 'overloaded'],
    ['failed', 'stream-cut'],
  ]);
});

test('an error event in a messages stream is read', async () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'busy' } };
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse([messageStart, error])),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  await askAsAgent(opened.trial, { path: '/v1/messages', body: { ...model, max_tokens: 4096 } });
  expect(opened.records).toMatchObject([
    { status: 'failed', error: { kind: 'overloaded', retryable: true } },
  ]);
});

test('titles, probes and token counts are side calls: no turns, and no reason to close a trial', async () => {
  await using server = await startScriptedServer({
    onRequest: ({ request }, response) => {
      if (request.url?.endsWith('count_tokens')) {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":7}');
      } else response.writeHead(500).end('{}');
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const count = await askAsAgent(opened.trial, { path: '/v1/messages/count_tokens', body: model });
  expect(count.body).toBe('{"input_tokens":7}');
  for (const path of ['/v1/messages', '/v1/chat/completions']) {
    const answer = await askAsAgent(opened.trial, { path, body: { ...model, max_tokens: 100 } });
    expect(answer.status).toBe(500);
  }
  expect(opened.trial.closed.aborted).toBe(false);
  expect(new Set(opened.records.map(({ kind }) => kind))).toEqual(new Set(['side']));
  expect(opened.records[0]).toMatchObject({ status: 'completed', streamed: false });
  expect(opened.records[0]).not.toHaveProperty('usage');
});
