import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { longPatch, profileOf, taskOf } from './fixtures.ts';
import { planFaults } from './plan-faults.ts';
import { type SimulatorOptions, startSimulator } from './simulator.ts';

const task = taskOf('long', { kind: 'patch', patch: longPatch(6) });
const tools = [{ type: 'function', name: 'shell', parameters: {} }];
const body = { model: 'fast', input: 'Fix it.', tools, metadata: { task: 'long' }, stream: true };

const start = (specs: readonly string[], options: Partial<SimulatorOptions> = {}) =>
  startSimulator({
    seed: 1,
    profiles: new Map([
      ['fast', { ...profileOf({ ttftMs: 40, sigma: 0, tokensPerSecond: 400 }), style: 'light' as const }],
    ]),
    tasks: () => task,
    clock: systemClock,
    ...planFaults(specs, 1),
    ...options,
  });

interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** What arrived together, and when: milliseconds from the request. */
  readonly chunks: readonly { readonly text: string; readonly atMs: number }[];
  readonly ending: 'clean' | 'cut' | 'silent';
}

/** A client that believes nothing: what came, when, and how it ended; `silent` after so long without a word. */
function ask(url: string, value: object, silentMs = 5_000): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const startedMs = performance.now();
  const chunks: { text: string; atMs: number }[] = [];
  const request = httpRequest(url, { method: 'POST', agent: false }, (response) => {
    const end = (ending: Heard['ending']) => () => {
      clearTimeout(silence);
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, headers, text: chunks.map(({ text }) => text).join(''), chunks, ending });
      request.destroy();
    };
    const silence = setTimeout(end('silent'), silentMs);
    response.setEncoding('utf8').on('data', (chunk: string) => {
      chunks.push({ text: chunk, atMs: performance.now() - startedMs });
      silence.refresh();
    });
    response.once('end', end('clean')).once('error', end('cut'));
  });
  request.once('error', reject);
  request.end(JSON.stringify(value));
  return promise;
}

type Event = Readonly<Record<string, unknown>>;

const blocksOf = (text: string) =>
  text
    .split('\n\n')
    .map((block) => block.replace(/^(event: .*\n)?data: /, ''))
    .filter((data) => data !== '');
const eventsOf = ({ text }: Heard): Event[] => blocksOf(text).map((data) => JSON.parse(data) as Event);
const typesOf = (heard: Heard) => eventsOf(heard).map(({ type }) => type);
const deltasOf = (heard: Heard) =>
  eventsOf(heard).filter((event) => event['type'] === 'response.output_text.delta' && event['delta'] !== '');
const joined = (events: readonly Event[]) => events.map((event) => event['delta']).join('');
const responseOf = (heard: Heard) => eventsOf(heard).at(-1)?.['response'] as Event & { output: Event[] };
const usageOf = (heard: Heard) => responseOf(heard)['usage'] as Readonly<Record<string, number>> | null;

async function answered(spec: string, extra: object = {}): Promise<Heard> {
  await using simulator = await start([spec]);
  return await ask(`${simulator.baseUrl}/responses`, { ...body, ...extra }, 700);
}

const sound = await answered('stall@request=99');
const soundText = joined(deltasOf(sound));

test('without a fault the answer is whole', () => {
  expect(sound.ending).toBe('clean');
  expect(typesOf(sound).at(-1)).toBe('response.completed');
  expect(soundText.length).toBeGreaterThan(10);
});

test.each([
  ['429', 429, 'rate_limit_exceeded', undefined],
  ['429:retry-after=2', 429, 'rate_limit_exceeded', '2'],
  ['500', 500, 'server_error', undefined],
  ['503:retry-after=0.5', 503, 'server_is_overloaded', '0.5'],
  ['529', 529, 'overloaded_error', undefined],
  ['418:code=teapot', 418, 'teapot', undefined],
  ['context-length', 400, 'context_length_exceeded', undefined],
  ['quota', 429, 'insufficient_quota', undefined],
])('%s is a status with the API’s error', async (spec, status, code, retryAfter) => {
  const heard = await answered(spec);
  expect(heard.status).toBe(status);
  expect(heard.headers['retry-after']).toBe(retryAfter);
  expect(JSON.parse(heard.text)).toMatchObject({ error: { code, message: expect.any(String) } });
});

test('drop-connection: no byte comes', async () => {
  await using simulator = await start(['drop-connection']);
  await expect(ask(`${simulator.baseUrl}/responses`, body)).rejects.toThrow(/hang up|ECONNRESET/);
});

test('stall: the answer begins, and nothing comes any more', async () => {
  const heard = await answered('stall');
  expect(heard.ending).toBe('silent');
  expect(typesOf(heard)).toEqual(['response.created', 'response.in_progress']);
  expect(typesOf(await answered('stall:after=6'))).toHaveLength(6);
});

test('cut: the connection ends between two events', async () => {
  const heard = await answered('cut:after=4');
  expect(heard.ending).toBe('cut');
  expect(eventsOf(heard)).toHaveLength(4);
});

test('half-event: the connection ends within an event', async () => {
  const heard = await answered('half-event:after=3');
  expect(heard.ending).toBe('cut');
  const blocks = blocksOf(heard.text);
  expect(blocks.slice(0, 3).map((data) => (JSON.parse(data) as Event)['sequence_number'])).toEqual([0, 1, 2]);
  expect(blocks).toHaveLength(4);
  expect(() => JSON.parse(blocks[3] ?? '')).toThrow(SyntaxError);
  expect(heard.text.endsWith('\n\n')).toBe(false);
});

test('malformed: a whole event that is not JSON, and a clean end', async () => {
  const heard = await answered('malformed:after=4');
  expect(heard.ending).toBe('clean');
  const blocks = blocksOf(heard.text);
  expect(blocks).toHaveLength(5);
  expect(() => JSON.parse(blocks[4] ?? '')).toThrow(SyntaxError);
  expect(heard.text.endsWith('\n\n')).toBe(true);
});

test('duplicate: events come twice with one sequence number, the first and the last do not', async () => {
  const heard = await answered('duplicate');
  const numbers = eventsOf(heard).map((event) => event['sequence_number'] as number);
  const once = [...new Set(numbers)];
  expect(once).toEqual(Array.from({ length: once.length }, (_, index) => index));
  const times = once.map((number) => numbers.filter((other) => other === number).length);
  expect(times.slice(0, 2)).toEqual([1, 1]);
  expect(times.at(-1)).toBe(1);
  expect(new Set(times.slice(2, -1))).toEqual(new Set([2]));
  const known = new Map(deltasOf(heard).map((event) => [event['sequence_number'], event]));
  expect(joined([...known.values()])).toBe(soundText);
});

test('out-of-order: sequence numbers put right what the order does not', async () => {
  const heard = await answered('out-of-order');
  const numbers = eventsOf(heard).map((event) => event['sequence_number'] as number);
  const sorted = numbers.toSorted((a, b) => a - b);
  expect(numbers).not.toEqual(sorted);
  expect(sorted).toEqual(Array.from({ length: numbers.length }, (_, index) => index));
  expect(numbers.at(-1)).toBe(numbers.length - 1);
  const bySequence = deltasOf(heard).sort(
    (a, b) => Number(a['sequence_number']) - Number(b['sequence_number']),
  );
  expect(joined(bySequence)).toBe(soundText);
  expect(joined(deltasOf(heard))).not.toBe('');
});

test('bundle: so many tokens in each delta, later than the first of them alone', async () => {
  const heard = await answered('bundle:tokens=4');
  const sizes = deltasOf(heard).map((event) => String(event['delta']).length);
  expect(new Set(sizes.slice(0, -1))).toEqual(new Set([16])); // a token is four characters
  expect(joined(deltasOf(heard))).toBe(soundText);
});

test('empty-first: empty deltas come with the beginning, the first token when it is due', async () => {
  const heard = await answered('empty-first:count=3');
  const events = eventsOf(heard);
  expect(events.filter((event) => event['delta'] === '')).toHaveLength(3);
  expect(events.slice(4, 7).map((event) => event['delta'])).toEqual(['', '', '']);
  const [begun, first] = heard.chunks;
  expect(begun?.text.match(/"delta":""/g)).toHaveLength(3);
  expect(first?.text).not.toContain('"delta":""');
  expect(first?.atMs).toBeGreaterThan(40);
  expect(joined(deltasOf(heard))).toBe(soundText);
});

test('burst: nothing until the end, and then every delta at once', async () => {
  const heard = await answered('burst');
  expect(deltasOf(heard).length).toBeGreaterThanOrEqual(Math.floor(soundText.length / 4));
  const tokens = usageOf(heard)?.['output_tokens'] ?? 0;
  const [begun, ...rest] = heard.chunks;
  expect(begun?.text).not.toContain('"delta"');
  // When the last token would have come: after the time to the first one and 2.5 ms for each.
  expect(rest[0]?.atMs).toBeGreaterThan(40 + tokens * 2.5);
});

test('hidden-reasoning: takes its time, shows nothing, and is paid for', async () => {
  const heard = await answered('hidden-reasoning:tokens=80');
  expect(typesOf(heard)).not.toContain('response.reasoning_summary_text.delta');
  expect(responseOf(heard).output[0]).toMatchObject({ type: 'reasoning', summary: [] });
  expect(usageOf(heard)).toMatchObject({ output_tokens_details: { reasoning_tokens: 80 } });
  expect(usageOf(heard)?.['output_tokens']).toBe((usageOf(sound)?.['output_tokens'] ?? 0) + 80);
  const visible = heard.chunks.find(({ text }) => text.includes('response.output_text.delta'));
  expect(visible?.atMs).toBeGreaterThan(40 + 80 * 2.5);
});

test('wrong-usage and no-usage', async () => {
  const wrong = await answered('wrong-usage:factor=3');
  expect(usageOf(wrong)?.['output_tokens']).toBe(3 * (usageOf(sound)?.['output_tokens'] ?? 0));
  expect(usageOf(await answered('no-usage'))).toBeNull();
});

test('who does not stream meets the faults in the body', async () => {
  const plain = { stream: false };
  const whole = await answered('burst', plain);
  expect(JSON.parse(whole.text)).toMatchObject({ status: 'completed' });
  const half = await answered('half-event', plain);
  expect([half.ending, half.text.length]).toEqual(['cut', Math.ceil(whole.text.length / 2)]);
  const malformed = await answered('malformed', plain);
  expect(malformed.ending).toBe('clean');
  expect(() => JSON.parse(malformed.text)).toThrow(SyntaxError);
  await using simulator = await start(['cut@request=1', 'stall@request=2']);
  await expect(ask(`${simulator.baseUrl}/responses`, { ...body, ...plain })).rejects.toThrow(
    /hang up|ECONNRESET/,
  );
  const quiet = ask(`${simulator.baseUrl}/responses`, { ...body, ...plain }).then(() => 'answered');
  const waited = new Promise((resolve) => setTimeout(resolve, 500, 'waits'));
  expect(await Promise.race([quiet.catch(() => 'closed'), waited])).toBe('waits');
});

/** A WebSocket that keeps what came. */
async function connect(baseUrl: string) {
  const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}/responses`);
  const texts: string[] = [];
  const closed = Promise.withResolvers<number>();
  let heard = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    texts.push(data.toString());
    heard.resolve();
    heard = Promise.withResolvers<void>();
  });
  socket.on('close', (code) => {
    closed.resolve(code);
    heard.resolve();
  });
  const opened = Promise.withResolvers<void>();
  socket.once('open', opened.resolve).on('error', opened.reject);
  await opened.promise;
  return {
    texts,
    closed: closed.promise,
    send: (extra: object = {}) => socket.send(JSON.stringify({ type: 'response.create', ...body, ...extra })),
    /** Waits for a text in which this stands. */
    until: async (word: string) => {
      while (!texts.some((text) => text.includes(word))) {
        if (socket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${word}`);
        await heard.promise;
      }
      return JSON.parse(texts.find((text) => text.includes(word)) ?? '') as Event;
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

test('over WebSocket: a refusal is an event and the connection stays', async () => {
  await using simulator = await start(['429:retry-after=1.5@request=1']);
  using socket = await connect(simulator.baseUrl);
  socket.send();
  const error = await socket.until('"type":"error"');
  expect(error).toMatchObject({
    status: 429,
    error: { code: 'rate_limit_exceeded', headers: { 'retry-after': '1.5' } },
  });
  socket.send();
  await socket.until('response.completed');
});

test('over WebSocket: a connection whose time is over says so and closes', async () => {
  await using simulator = await start(['connection-limit@request=2']);
  using socket = await connect(simulator.baseUrl);
  socket.send();
  await socket.until('response.completed');
  socket.send();
  const error = await socket.until('"type":"error"');
  expect(error).toMatchObject({ status: 400, error: { code: 'websocket_connection_limit_reached' } });
  expect(await socket.closed).toBe(1005); // a close frame without a code
  using again = await connect(simulator.baseUrl);
  again.send();
  await again.until('response.completed');
});

test('over WebSocket: sixty minutes are the limit without any fault, too', async () => {
  let passedUs = 0;
  const clock: Clock = { nowUs: () => systemClock.nowUs() + passedUs, wallMs: () => Date.now() };
  await using simulator = await start([], { clock });
  using socket = await connect(simulator.baseUrl);
  passedUs = 59 * 60e6;
  socket.send();
  await socket.until('response.completed');
  passedUs = 60 * 60e6;
  socket.send();
  await socket.until('websocket_connection_limit_reached');
});

test('over WebSocket: half an event, a cut, and what is not JSON', async () => {
  await using simulator = await start([
    'half-event:after=3@request=1',
    'cut:after=3@request=2',
    'malformed@request=3',
  ]);
  for (const _ of ['half-event', 'cut']) {
    using socket = await connect(simulator.baseUrl);
    socket.send();
    expect(await socket.closed).toBe(1006); // no farewell
    expect(socket.texts).toHaveLength(3);
  }
  using socket = await connect(simulator.baseUrl);
  socket.send();
  await expect(socket.until('response.output_item.added')).rejects.toThrow(SyntaxError);
  expect(socket.texts).toHaveLength(3);
});

test('upgrade-refused: 426, and HTTP works', async () => {
  await using simulator = await start(['upgrade-refused@request=1', 'upgrade-refused:status=404@request=2']);
  await expect(connect(simulator.baseUrl)).rejects.toThrow('426');
  await expect(connect(simulator.baseUrl)).rejects.toThrow('404');
  expect((await ask(`${simulator.baseUrl}/responses`, body)).ending).toBe('clean');
  using socket = await connect(simulator.baseUrl);
  socket.send();
  await socket.until('response.completed');
});

test('previous-not-found: a chain is lost, as on a new connection', async () => {
  await using simulator = await start(['previous-not-found@request=2']);
  using socket = await connect(simulator.baseUrl);
  socket.send();
  const { response } = await socket.until('response.completed');
  const id = (response as Event)['id'];
  socket.send({ previous_response_id: id, input: [] });
  const error = await socket.until('"type":"error"');
  expect(error).toMatchObject({
    error: { code: 'previous_response_not_found', param: 'previous_response_id' },
  });
});
