import { describe, expect, test } from 'vitest';
import { ChatReader } from './chat-reader.ts';

/** Reads the chunks at 10, 20, 30 … microseconds and then the end of the stream. */
function read(chunks: readonly (object | string)[], close = false) {
  const texts: string[] = [];
  const reader = new ChatReader({ onText: (delta) => texts.push(delta), wallMs: () => 0 });
  const states = chunks.map((chunk, at) =>
    reader.read(typeof chunk === 'string' ? chunk : JSON.stringify(chunk), (at + 1) * 10),
  );
  if (close) states.push(reader.close((chunks.length + 1) * 10));
  return { reader, states, texts };
}

const chunk = (delta: object | null, rest: object = {}, choice: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'served',
  choices: [{ index: 0, delta, finish_reason: null, ...choice }],
  ...rest,
});
const finish = (finish_reason: string, rest: object = {}) => chunk({}, rest, { finish_reason });
const role = chunk({ role: 'assistant', content: '' });
const usage = { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 };
const call = (fn: object, rest: object = {}) => chunk({ tool_calls: [{ function: fn, ...rest }] });

test('a text answer: role and finish move no mark, the usage comes after them', () => {
  const { reader, states, texts } = read([
    role,
    chunk({ content: 'Hel' }, { usage: null }),
    chunk({ content: 'lo' }, { usage: null }),
    finish('stop', { usage: null }),
    {
      id: 'chatcmpl-1',
      model: 'served',
      choices: [],
      usage: {
        ...usage,
        prompt_tokens_details: { cached_tokens: 16 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
    },
    '[DONE]',
  ]);
  expect(states).toEqual(['open', 'open', 'open', 'open', 'open', 'ended']);
  expect(reader.terminal).toEqual({ kind: 'completed' });
  expect(reader.clock.marks).toEqual({ firstAction: 20, firstText: 20, lastToken: 30, completed: 60 });
  expect([reader.clock.chunks, reader.eventCount]).toEqual([2, 5]);
  expect(reader.usage).toEqual({ input: 20, cachedInput: 16, output: 7, reasoning: 5, estimated: false });
  expect([reader.responseId, reader.servedModel, texts]).toEqual(['chatcmpl-1', 'served', ['Hel', 'lo']]);
  expect(reader.items).toEqual([{ type: 'message', role: 'assistant', text: 'Hello' }]);
});

test.each(['reasoning_content', 'reasoning'])('%s is raw reasoning, and no text', (field) => {
  const { reader } = read([
    role,
    chunk({ [field]: 'hm', content: null }),
    chunk({ [field]: ' so' }),
    chunk({ content: 'Yes.' }),
    finish('stop'),
    '[DONE]',
  ]);
  expect(reader.clock.marks).toMatchObject({ firstReasoning: 20, firstAction: 40, lastToken: 40 });
  expect(reader.clock.rawReasoning).toBe(true);
  expect(reader.items).toEqual([
    { type: 'reasoning', summary: 'hm so' },
    { type: 'message', role: 'assistant', text: 'Yes.' },
  ]);
});

test('reasoning under both names is counted once', () => {
  const { reader } = read([chunk({ reasoning: 'hm', reasoning_content: 'hm' }), finish('stop'), '[DONE]']);
  expect(reader.items).toEqual([{ type: 'reasoning', summary: 'hm' }]);
  expect(reader.clock.chunks).toBe(1);
});

describe('tool calls', () => {
  const one = { type: 'function-call', callId: 'c1', name: 'shell', arguments: '{"command":"ls"}' };
  const two = { ...one, callId: 'c2', arguments: '{"command":"pwd"}' };

  test('in pieces, two at once; the name alone is no argument', () => {
    const { reader } = read([
      call({ name: 'shell', arguments: '' }, { index: 0, id: 'c1', type: 'function' }),
      call({ arguments: '{"command":' }, { index: 0 }),
      call({ arguments: '"ls"}' }, { index: 0 }),
      call({ name: 'shell', arguments: '{"command"' }, { index: 1, id: 'c2' }),
      call({ arguments: ':"pwd"}' }, { index: 1 }),
      finish('tool_calls'),
      '[DONE]',
    ]);
    expect(reader.items).toEqual([one, two]);
    expect(reader.clock.marks).toEqual({ firstAction: 20, firstToolArg: 20, lastToken: 50, completed: 70 });
  });

  test('whole in one chunk, without an index', () => {
    const whole = (id: string, command: string) => ({
      id,
      function: { name: 'shell', arguments: JSON.stringify({ command }) },
    });
    const { reader } = read([
      chunk({ role: 'assistant', tool_calls: [whole('c1', 'ls'), whole('c2', 'pwd')] }),
      finish('tool_calls'),
      '[DONE]',
    ]);
    expect(reader.items).toEqual([one, two]);
    expect(reader.clock.marks).toMatchObject({ firstToolArg: 10, lastToken: 10 });
  });

  test('whole, all with the index 0', () => {
    const { reader } = read([
      call({ name: 'shell', arguments: one.arguments }, { index: 0, id: 'c1' }),
      call({ name: 'shell', arguments: two.arguments }, { index: 0, id: 'c2' }),
      finish('stop'),
      '[DONE]',
    ]);
    expect(reader.items).toEqual([one, two]);
  });

  test('arguments as an object, pieces without an index or an id', () => {
    const asObject = read([
      call({ name: 'shell', arguments: { command: 'ls' } }, { id: 'c1' }),
      finish('stop'),
    ]);
    expect(asObject.reader.items).toEqual([one]);
    const bare = read([
      call({ name: 'shell', arguments: '{"command"' }),
      call({ arguments: ':"ls"}' }),
      finish('tool_calls'),
      '[DONE]',
    ]);
    expect(bare.reader.items).toEqual([{ ...one, callId: 'call_chatcmpl-1_0' }]);
  });

  test('the name repeated in every piece', () => {
    const { reader } = read([
      call({ name: 'shell', arguments: '{"command":' }, { index: 0, id: 'c1' }),
      call({ name: 'shell', arguments: '"ls"}' }, { index: 0, id: 'c1' }),
      finish('tool_calls'),
    ]);
    expect(reader.items).toEqual([one]);
  });

  test('without arguments it counts when it is finished', () => {
    const { reader } = read([call({ name: 'stop' }, { index: 0, id: 'c1' }), finish('tool_calls'), '[DONE]']);
    expect(reader.items).toEqual([{ type: 'function-call', callId: 'c1', name: 'stop', arguments: '{}' }]);
    expect(reader.clock.marks).toMatchObject({ firstToolArg: 20, lastToken: 20 });
  });

  test('one that the output limit cut is none', () => {
    const { reader } = read([
      chunk({ content: 'I look.' }),
      call({ name: 'shell', arguments: '{"comm' }, { index: 0, id: 'c1' }),
      finish('length'),
      '[DONE]',
    ]);
    expect(reader.terminal).toEqual({ kind: 'incomplete', reason: 'max_output_tokens' });
    expect(reader.items).toEqual([{ type: 'message', role: 'assistant', text: 'I look.' }]);
  });
});

describe('usage', () => {
  const counted = { input: 20, cachedInput: 0, output: 7, reasoning: 0, estimated: false };
  const text = chunk({ content: 'x' });

  test.each([
    [
      'in every chunk, growing',
      [chunk({ content: 'x' }, { usage: { ...usage, completion_tokens: 1 } }), finish('stop', { usage })],
    ],
    ['beside the last choice', [text, finish('stop', { usage })]],
    ['in x_groq', [text, finish('stop', { x_groq: { id: 'r', usage } })]],
    ['in the last choice', [text, chunk({}, {}, { finish_reason: 'stop', usage })]],
    ['in a chunk without choices', [text, finish('stop'), { usage }]],
  ])('%s', (_, chunks) => {
    expect(read([...chunks, '[DONE]']).reader.usage).toEqual(counted);
  });

  test('is unknown where nobody sends it', () => {
    expect(read([text, finish('stop', { usage: null }), '[DONE]']).reader.usage).toBeUndefined();
  });
});

describe('endings', () => {
  test('a stream that closes after the finish_reason is whole; one that closes before is cut', () => {
    const whole = read([chunk({ content: 'x' }), finish('stop')], true);
    expect([whole.states.at(-1), whole.reader.terminal]).toEqual(['ended', { kind: 'completed' }]);
    const cut = read([chunk({ content: 'x' })], true);
    expect([cut.states.at(-1), cut.reader.terminal]).toEqual(['open', undefined]);
  });

  test('[DONE] without a finish_reason ends an answer, and is none where nothing came', () => {
    expect(read([chunk({ content: 'x' }), '[DONE]']).reader.terminal).toEqual({ kind: 'completed' });
    expect(read([role, '[DONE]']).reader.terminal).toBeUndefined();
  });

  test('a content filter and an unknown word', () => {
    expect(read([finish('content_filter'), '[DONE]']).reader.terminal).toMatchObject({ kind: 'incomplete' });
    expect(read([finish('eos_token'), '[DONE]']).reader.terminal).toEqual({ kind: 'completed' });
  });

  test('a refusal is text, and kept apart', () => {
    const { reader } = read([chunk({ refusal: 'No.' }), finish('stop'), '[DONE]']);
    expect([reader.refusal, reader.items]).toEqual(['No.', []]);
    expect(reader.clock.marks).toMatchObject({ firstText: 10 });
  });

  test.each([
    ['an object', { error: { message: 'slow down', code: 429 } }, { kind: 'rate-limited', status: 429 }],
    ['of a server', { error: { message: 'broke', type: 'server_error', code: 500 } }, { kind: 'server' }],
    ['the event itself', { object: 'error', message: 'too long', code: 400 }, { kind: 'invalid-request' }],
    ['a text', { error: 'out of memory' }, { kind: 'server', message: 'out of memory' }],
    [
      'a full context',
      { error: { message: 'maximum context length is 8', code: 400 } },
      { kind: 'context-overflow' },
    ],
    [
      'beside a choice',
      chunk({ content: '' }, { error: { message: 'gone', code: 502 } }),
      { kind: 'server' },
    ],
  ])('an error in the stream: %s', (_, event, expected) => {
    const { reader, states } = read([chunk({ content: 'x' }), event]);
    expect(states).toEqual(['open', 'ended']);
    expect(reader.terminal).toMatchObject({ kind: 'failed', failure: expected });
  });

  test('what is no JSON is malformed; other choices and unknown fields are passed over', () => {
    expect(read(['{"id":']).states).toEqual(['malformed']);
    const { reader } = read([
      chunk({ content: 'other' }, {}, { index: 1 }),
      { object: 'ping' },
      chunk(null),
      chunk({ content: 'mine' }),
      finish('stop'),
    ]);
    expect(reader.items).toMatchObject([{ text: 'mine' }]);
  });
});
