import { expect, test } from 'vitest';
import { startSmall } from './fixtures.ts';
import { planFaults } from './plan-faults.ts';

const tools = ['shell', 'apply_patch'].map((name) => ({ name, input_schema: { type: 'object' } }));
const headers = {
  'content-type': 'application/json',
  'x-api-key': 'simulated',
  'anthropic-version': '2023-06-01',
  'x-evalrun-metadata': JSON.stringify({ task: 'small', attempt: '1', model: 'fast', trial: 't' }),
};

const start = (specs: readonly string[] = []) => startSmall(planFaults(specs, 1));

interface Block {
  readonly type: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly text?: string;
}

interface Message {
  readonly content: readonly Block[];
  readonly stop_reason: string;
  readonly usage: Readonly<Record<string, number>>;
}

const post = (baseUrl: string, body: object, path = '/messages') => {
  const usual = { model: 'fast', max_tokens: 1000, messages: [{ role: 'user', content: 'Fix it.' }], tools };
  return fetch(`${baseUrl}${path}`, { method: 'POST', headers, body: JSON.stringify({ ...usual, ...body }) });
};

type Event = Readonly<Record<string, unknown>> & { readonly delta?: Readonly<Record<string, unknown>> };

async function streamed(baseUrl: string, body: object): Promise<readonly Event[]> {
  const text = await (await post(baseUrl, { ...body, stream: true })).text();
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      const event = JSON.parse(data ?? '') as Event;
      expect(event['type']).toBe(name);
      return event;
    });
}

test('a stream opens, fills and closes its blocks in the order of the API', async () => {
  await using simulator = await start();
  const events = await streamed(simulator.baseUrl, {});
  const types = events.map((event) => event['type']).filter((type, index, all) => type !== all[index - 1]);
  const block = ['content_block_start', 'content_block_delta', 'content_block_stop'];
  expect(types).toEqual(['message_start', 'ping', ...block, ...block, 'message_delta', 'message_stop']);
  const json = events.map(({ delta }) => delta?.['partial_json'] ?? '').join('');
  expect(JSON.parse(json)).toMatchObject({ command: expect.any(String) });
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'tool_use' },
    usage: { output_tokens: expect.any(Number) },
  });
});

test('thinking is shown to those who ask and takes its tokens all the same', async () => {
  await using simulator = await start();
  const kinds = (events: readonly Event[]) => new Set(events.map(({ delta }) => delta?.['type']));
  const shown = await streamed(simulator.baseUrl, {
    model: 'deep',
    thinking: { type: 'enabled', budget_tokens: 1024 },
  });
  expect(kinds(shown)).toContain('thinking_delta');
  expect(kinds(shown)).toContain('signature_delta');
  const hidden = await streamed(simulator.baseUrl, { model: 'deep' });
  expect(kinds(hidden)).not.toContain('thinking_delta');
  expect(hidden.at(-2)).toEqual(shown.at(-2));
});

test('a trial is played to its end, with results as tool_result blocks', async () => {
  await using simulator = await start();
  const messages: object[] = [{ role: 'user', content: 'Fix it.' }];
  const uses: Block[] = [];
  for (;;) {
    const message = (await (await post(simulator.baseUrl, { messages })).json()) as Message;
    const made = message.content.filter(({ type }) => type === 'tool_use');
    uses.push(...made);
    messages.push({ role: 'assistant', content: message.content });
    if (made.length === 0) {
      expect(message.stop_reason).toBe('end_turn');
      expect(message.content.map(({ text }) => text)).toEqual(['Done: a.txt.']);
      break;
    }
    const results = made.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'exit code 0' }));
    messages.push({ role: 'user', content: results });
  }
  expect(uses.at(-1)).toMatchObject({
    name: 'apply_patch',
    input: { patch: expect.stringContaining('+TWO') },
  });
});

test('tokens are counted by the rule that usage follows', async () => {
  await using simulator = await start();
  const counted = await (await post(simulator.baseUrl, {}, '/messages/count_tokens')).json();
  const { usage } = (await (await post(simulator.baseUrl, {})).json()) as Message;
  expect(counted).toEqual({ input_tokens: usage['input_tokens'] });
});

test('refusals are errors of that API', async () => {
  await using simulator = await start(['529@request=1', '429:retry-after=1@request=2', '500@request=3']);
  const kinds: unknown[] = [];
  for (const status of [529, 429, 500, 200]) {
    const response = await post(simulator.baseUrl, {});
    expect(response.status).toBe(status);
    if (status !== 200) kinds.push(await response.json());
    if (status === 429) expect(response.headers.get('retry-after')).toBe('1');
  }
  expect(kinds).toMatchObject(
    ['overloaded_error', 'rate_limit_error', 'api_error'].map((type) => ({ type: 'error', error: { type } })),
  );
  const missing = await post(simulator.baseUrl, { messages: undefined });
  expect(await missing.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
});

test('faults of a stream happen here as well', async () => {
  await using simulator = await start(['cut:after=3@request=1', 'duplicate@request=2']);
  await expect(streamed(simulator.baseUrl, {})).rejects.toThrow();
  const events = await streamed(simulator.baseUrl, {});
  expect(events.filter((event) => event['type'] === 'content_block_start')).toHaveLength(4);
});
