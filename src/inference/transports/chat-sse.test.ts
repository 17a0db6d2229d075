import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import type { ModelProfile } from '../../domain/model.ts';
import { type RequestRecord, requestRecordSchema, ttftUs } from '../../domain/request-record.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ConversationItem, ModelRequest } from '../client.ts';
import { createInferenceClient } from '../inference-client.ts';
import { metadataHeader } from './headers.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

interface Seen {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

type Play = (response: ServerResponse, seen: Seen) => void;

/** A server that plays one answer after the other, and a session that talks to it. */
async function open(
  plays: readonly Play[],
  model: Partial<ModelProfile> = {},
  played: Pick<ModelProfile['provider'], 'playedBy'> = {},
) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { url, headers } = request;
    const asked = { path: url, headers, body: (await json(request)) as Seen['body'] }; // the client's own
    seen.push(asked);
    (plays[seen.length - 1] ?? plays.at(-1))?.(response, asked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const client = createInferenceClient({
    clock: systemClock,
    env: { SOME_KEY: 'sk-1' },
    retry: { maxAttempts: 3, baseMs: 5, maxMs: 20 },
    random: () => 0.5,
    stallTimeoutMs: 2_000,
    connectTimeoutMs: 2_000,
  });
  closing.push(async () => {
    await client[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const records: RequestRecord[] = [];
  const provider = { name: 'cerebras', kind: 'openai' as const, baseUrl, apiKeyEnv: 'SOME_KEY', ...played };
  const session = client.openSession({
    model: {
      alias: 'm',
      provider,
      model: 'qwen',
      transport: 'chat-sse',
      style: 'light',
      contextTokens: 1000,
      ...model,
    },
    trialId: 't',
    metadata: { task: 'x' },
    onRecord: (record) => records.push(requestRecordSchema.parse(record)),
  });
  const respond = (request: ModelRequest) =>
    session.respond(request, { signal: new AbortController().signal });
  return { seen, records, respond };
}

/** Answers with these events, each in a chunk of its own; nothing is added. */
const events =
  (...data: readonly (object | string)[]): Play =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of data) {
      response.write(`data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`);
    }
    response.end();
  };

const refused =
  (status: number, body: object, headers: Record<string, string> = {}): Play =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

const chunk = (delta: object, finish_reason: string | null = null, rest: object = {}) => ({
  id: 'c-1',
  model: 'qwen-served',
  choices: [{ index: 0, delta, finish_reason }],
  ...rest,
});
const usage = { prompt_tokens: 30, completion_tokens: 4 };
const hello = [chunk({ content: 'Hello' }), chunk({}, 'stop'), { choices: [], usage }, '[DONE]'];

const tools = [{ name: 'shell', description: 'runs', parameters: { type: 'object' } }];
const ask = (...input: ConversationItem[]): ModelRequest => ({ instructions: 'Be brief.', input, tools });
const question = ask({ type: 'message', role: 'user', text: 'Hi' });

test('asks for a stream with usage and reads the answer with its marks', async () => {
  const { seen, records, respond } = await open([events(...hello)], { effort: 'low', maxOutputTokens: 50 });
  const answer = await respond(question);
  expect(answer).toMatchObject({
    status: 'completed',
    items: [{ type: 'message', role: 'assistant', text: 'Hello' }],
    usage: { input: 30, output: 4, estimated: false },
  });
  expect(seen[0]?.path).toBe('/v1/chat/completions');
  expect(seen[0]?.headers.authorization).toBe('Bearer sk-1');
  expect(seen[0]?.headers[metadataHeader]).toBeUndefined();
  expect(seen[0]?.body).toEqual({
    model: 'qwen',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    tools: [{ type: 'function', function: tools[0] }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 50,
    reasoning_effort: 'low',
  });
  const [record] = records;
  expect(record).toMatchObject({
    transport: 'chat-sse',
    provider: 'cerebras',
    servedModel: 'qwen-served',
    responseId: 'c-1',
    status: 'completed',
    httpStatus: 200,
  });
  const { connectEnd = 0, t0, accepted = 0, firstText = 0, completed = 0 } = record?.marks ?? { t0: 0 };
  expect([connectEnd, t0, accepted, firstText, completed]).toEqual(
    [connectEnd, t0, accepted, firstText, completed].toSorted((a, b) => a - b),
  );
  expect(record === undefined ? undefined : ttftUs(record)).toBe(firstText - t0);
});

test('sends a conversation back as messages, without the reasoning of earlier turns', async () => {
  const { seen, respond } = await open([events(...hello)]);
  await respond(
    ask(
      { type: 'message', role: 'developer', text: 'rules' },
      { type: 'message', role: 'user', text: 'do' },
      { type: 'reasoning', summary: 'hm' },
      { type: 'message', role: 'assistant', text: 'I look.' },
      { type: 'function-call', callId: 'a', name: 'shell', arguments: '{"command":"ls"}' },
      { type: 'function-call', callId: 'b', name: 'shell', arguments: '{"comm' },
      { type: 'function-result', callId: 'a', output: 'x' },
      { type: 'function-result', callId: 'b', output: 'malformed' },
      { type: 'function-call', callId: 'c', name: 'shell', arguments: '{}' },
      { type: 'function-result', callId: 'c', output: '' },
    ),
  );
  const call = (id: string, args: string) => ({
    id,
    type: 'function',
    function: { name: 'shell', arguments: args },
  });
  expect(seen[0]?.body['messages']).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'system', content: 'rules' },
    { role: 'user', content: 'do' },
    {
      role: 'assistant',
      content: 'I look.',
      tool_calls: [call('a', '{"command":"ls"}'), call('b', '{"malformed":"{\\"comm"}')],
    },
    { role: 'tool', tool_call_id: 'a', content: 'x' },
    { role: 'tool', tool_call_id: 'b', content: 'malformed' },
    { role: 'assistant', content: null, tool_calls: [call('c', '{}')] },
    { role: 'tool', tool_call_id: 'c', content: '' },
  ]);
});

test('a server that refuses stream_options is asked once more without them, and usage is estimated', async () => {
  const refusal = { error: { message: 'Unknown parameter: stream_options', type: 'invalid_request_error' } };
  const plain = events(chunk({ content: 'x'.repeat(40) }), chunk({}, 'stop'), '[DONE]');
  const { seen, records, respond } = await open([refused(400, refusal), plain]);
  const first = await respond(question);
  expect(first).toMatchObject({ status: 'completed', usage: { output: 10, estimated: true } });
  expect(await respond(question)).toMatchObject({ status: 'completed' });
  expect(seen.map(({ body }) => 'stream_options' in body)).toEqual([true, false, false]);
  expect(records.map(({ status, turn, attempt, backoffUs }) => [status, turn, attempt, backoffUs])).toEqual([
    ['failed', 1, 1, 0],
    ['completed', 1, 2, 0],
    ['completed', 2, 1, 0],
  ]);
  expect(records[1]?.usage?.estimated).toBe(true);
});

test('another 400 is not tried again, and a full context is told apart', async () => {
  const other = await open([refused(400, { error: { message: 'no such model' } })]);
  expect(await other.respond(question)).toMatchObject({
    status: 'failed',
    error: { kind: 'invalid-request', status: 400, retryable: false, provider: 'cerebras', model: 'qwen' },
  });
  expect(other.seen).toHaveLength(1);
  const full = await open([refused(400, { message: "This model's maximum context length is 8192 tokens" })]);
  expect(await full.respond(question)).toMatchObject({ error: { kind: 'context-overflow' } });
});

test('a busy server is asked again after the wait that it named', async () => {
  const busy = refused(429, { error: { message: 'slow', code: 429 } }, { 'retry-after': '0.05' });
  const { records, respond } = await open([busy, events(...hello)]);
  expect(await respond(question)).toMatchObject({ status: 'completed' });
  expect(records[0]?.error).toMatchObject({ kind: 'rate-limited', retryable: true, retryAfterMs: 50 });
  expect(records[1]?.backoffUs).toBeGreaterThanOrEqual(50_000);
});

test('an error in the stream is tried again, a stream without its end too', async () => {
  const { records, respond } = await open([
    events(chunk({ content: 'He' }), { error: { message: 'overloaded', code: 503 } }),
    events(chunk({ content: 'He' })),
    events(...hello),
  ]);
  expect(await respond(question)).toMatchObject({ status: 'completed', items: [{ text: 'Hello' }] });
  expect(records.map(({ error }) => error?.kind)).toEqual(['overloaded', 'stream-cut', undefined]);
});

test('a stream that closes after its finish_reason is whole', async () => {
  const { respond } = await open([events(chunk({ content: 'Hello' }), chunk({}, 'stop', { usage }))]);
  expect(await respond(question)).toMatchObject({ status: 'completed', usage: { output: 4 } });
});

test('the output limit leaves an incomplete answer, tool calls leave their items', async () => {
  const call = { index: 0, id: 'c1', function: { name: 'shell', arguments: '{"command":"ls"}' } };
  const { respond } = await open([
    events(chunk({ content: 'Hel' }), chunk({}, 'length'), '[DONE]'),
    events(chunk({ tool_calls: [call] }), chunk({}, 'tool_calls'), '[DONE]'),
  ]);
  expect(await respond(question)).toMatchObject({ status: 'incomplete', reason: 'max_output_tokens' });
  expect(await respond(question)).toMatchObject({
    status: 'completed',
    items: [{ type: 'function-call', callId: 'c1', name: 'shell', arguments: '{"command":"ls"}' }],
  });
});

test('whoever plays the model is told the metadata; without tools none are listed', async () => {
  const { seen, respond } = await open([events(...hello)], {}, { playedBy: 'cassette' });
  await respond({ ...question, tools: [] });
  expect(seen[0]?.headers[metadataHeader]).toBe('{"task":"x"}');
  expect(seen[0]?.body).not.toHaveProperty('tools');
});

test('a request that follows uses the same connection', async () => {
  const { records, respond } = await open([events(...hello)]);
  await respond(question);
  await respond(question);
  expect(records.map(({ connectionReused }) => connectionReused)).toEqual([false, true]);
});
