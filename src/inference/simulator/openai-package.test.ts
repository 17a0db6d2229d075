import OpenAI, {
  APIConnectionError,
  APIError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, test } from 'vitest';
import { startSmall } from './fixtures.ts';
import { planFaults } from './plan-faults.ts';

/** The openai package as it comes from npm, as any client of the API uses it. */
const metadata = { task: 'small', attempt: '1', model: 'fast', trial: 't' };
const schema = { type: 'object', properties: {} };
const responseTools = ['shell', 'apply_patch'].map((name) => ({
  type: 'function' as const,
  name,
  parameters: schema,
  strict: false,
}));
const chatTools = ['shell', 'apply_patch'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: schema },
}));

const start = (specs: readonly string[] = []) => startSmall(planFaults(specs, 1));

const clientOf = (baseURL: string, options: { readonly maxRetries?: number } = {}) =>
  new OpenAI({ baseURL, apiKey: 'simulated', maxRetries: 0, ...options });

const ask = (client: OpenAI) => client.responses.create({ model: 'fast', input: 'Hello.', stream: true });

async function drain(stream: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of stream) count += 1;
  return count;
}

test.each([
  ['429:retry-after=3', RateLimitError, 429, 'rate_limit_exceeded'],
  ['500', InternalServerError, 500, 'server_error'],
  ['529', InternalServerError, 529, 'overloaded_error'],
  ['context-length', BadRequestError, 400, 'context_length_exceeded'],
])('%s is the package’s own error', async (spec, errorClass, status, code) => {
  await using simulator = await start([spec]);
  const error = await ask(clientOf(simulator.baseUrl)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(errorClass);
  expect(error).toMatchObject({ status, code });
  const retryAfter = error instanceof APIError ? error.headers?.get('retry-after') : undefined;
  expect(retryAfter).toBe(spec.includes('retry-after') ? '3' : null);
});

test('the package’s own retries get over a fault that passes', async () => {
  await using simulator = await start(['503:retry-after=0.05@request=1-2']);
  const stream = await ask(clientOf(simulator.baseUrl, { maxRetries: 2 }));
  expect(await drain(stream)).toBeGreaterThan(5);
});

test('a dropped connection and a cut stream are errors of the package, too', async () => {
  await using simulator = await start([
    'drop-connection@request=1',
    'cut:after=4@request=2',
    'malformed@request=3',
  ]);
  const client = clientOf(simulator.baseUrl);
  await expect(ask(client)).rejects.toBeInstanceOf(APIConnectionError);
  await expect(drain(await ask(client))).rejects.toThrow();
  await expect(drain(await ask(client))).rejects.toThrow(SyntaxError);
});

test('a chat completion streams: role first, text, calls, usage', async () => {
  await using simulator = await start();
  const stream = await clientOf(simulator.baseUrl).chat.completions.create({
    model: 'deep',
    messages: [{ role: 'user', content: 'Fix it.' }],
    tools: chatTools,
    metadata,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
  const reasons = chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason));
  expect(reasons.filter((reason) => reason !== null)).toEqual(['tool_calls']);
  const last = chunks.at(-1);
  expect(last?.choices).toEqual([]);
  expect(last?.usage?.total_tokens).toBe(
    (last?.usage?.prompt_tokens ?? 0) + (last?.usage?.completion_tokens ?? 0),
  );
  expect(last?.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(100);
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  expect(JSON.stringify(chunks)).toContain('"reasoning_content"');
});

/** Plays a whole trial over chat completions, streamed by the package's helper. */
async function playChat(client: OpenAI): Promise<string[]> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Fix it.' }];
  const calls: string[] = [];
  for (;;) {
    const runner = client.chat.completions.stream({ model: 'fast', messages, tools: chatTools, metadata });
    const message = (await runner.finalChatCompletion()).choices[0]?.message;
    if (message === undefined) throw new Error('no message');
    messages.push(message);
    for (const call of message.tool_calls ?? []) {
      if (call.type !== 'function') throw new Error('no function');
      calls.push(`${call.function.name} ${call.function.arguments}`);
      messages.push({ role: 'tool', tool_call_id: call.id, content: 'exit code 0' });
    }
    if ((message.tool_calls ?? []).length === 0) return [...calls, message.content ?? ''];
  }
}

/** The same over the Responses API, without a stream. */
async function playResponses(client: OpenAI): Promise<string[]> {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'Fix it.' }];
  const calls: string[] = [];
  for (;;) {
    const response = await client.responses.create({ model: 'fast', input, tools: responseTools, metadata });
    input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
    const made = response.output.filter((item) => item.type === 'function_call');
    for (const call of made) {
      calls.push(`${call.name} ${call.arguments}`);
      input.push({ type: 'function_call_output', call_id: call.call_id, output: 'exit code 0' });
    }
    if (made.length === 0) return [...calls, response.output_text];
  }
}

test('chat completions play the same turns as responses', async () => {
  await using simulator = await start();
  const client = clientOf(simulator.baseUrl);
  const chat = await playChat(client);
  expect(chat).toEqual(await playResponses(client));
  expect(chat.join()).toContain('+TWO');
});

test('a chat completion without a stream, and one without usage', async () => {
  await using simulator = await start(['no-usage@request=2']);
  const client = clientOf(simulator.baseUrl);
  const body = {
    model: 'fast',
    messages: [{ role: 'user' as const, content: 'Fix it.' }],
    tools: chatTools,
    metadata,
  };
  const whole = await client.chat.completions.create(body);
  expect(whole.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { role: 'assistant' } });
  expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
  const stream = await client.chat.completions.create({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) expect(chunk.usage).toBeNull();
});

test('a chat completion’s errors are the package’s', async () => {
  await using simulator = await start(['429@request=1', 'cut:after=2@request=2']);
  const client = clientOf(simulator.baseUrl);
  const create = () =>
    client.chat.completions.create({
      model: 'fast',
      messages: [{ role: 'user', content: 'x' }],
      stream: true,
    });
  await expect(create()).rejects.toBeInstanceOf(RateLimitError);
  await expect(create().then(drain)).rejects.toThrow();
  await expect(client.chat.completions.create({ model: 'other', messages: [] })).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  });
});

/** Plays a whole trial over one WebSocket, sending only what is new. */
async function playWebSocket(client: OpenAI): Promise<string[]> {
  const socket = new ResponsesWS(client);
  const calls: string[] = [];
  try {
    let input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'Fix it.' }];
    let previous: string | undefined;
    for (;;) {
      const chain = previous === undefined ? {} : { previous_response_id: previous };
      socket.send({
        type: 'response.create',
        model: 'fast',
        input,
        tools: responseTools,
        metadata,
        ...chain,
      });
      const response = await completed(socket);
      const made = response.output.filter((item) => item.type === 'function_call');
      calls.push(...made.map((call) => `${call.name} ${call.arguments}`));
      if (made.length === 0) return [...calls, textOf(response)];
      previous = response.id;
      input = made.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'exit code 0' }));
    }
  } finally {
    socket.close();
  }
}

function completed(socket: ResponsesWS): Promise<OpenAI.Responses.Response> {
  const { promise, resolve, reject } = Promise.withResolvers<OpenAI.Responses.Response>();
  socket.once('response.completed', (event) => resolve(event.response));
  socket.once('error', reject);
  return promise;
}

function textOf({ output }: OpenAI.Responses.Response): string {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return parts.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
}

test('a chain over WebSocket plays the same turns', async () => {
  await using simulator = await start();
  const client = clientOf(simulator.baseUrl);
  expect(await playWebSocket(client)).toEqual(await playResponses(client));
});

test.each([
  ['429', 'rate_limit_exceeded'],
  ['connection-limit', 'websocket_connection_limit_reached'],
  ['previous-not-found@request=2', 'previous_response_not_found'],
])('over WebSocket %s reaches the package’s error listener', async (spec, code) => {
  await using simulator = await start([spec]);
  await expect(playWebSocket(clientOf(simulator.baseUrl))).rejects.toMatchObject({
    error: { error: { code } },
  });
});

test('over WebSocket a refused upgrade is an error of the package', async () => {
  await using simulator = await start(['upgrade-refused']);
  await expect(playWebSocket(clientOf(simulator.baseUrl))).rejects.toThrow('426');
});
