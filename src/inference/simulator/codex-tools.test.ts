import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startSmall } from './fixtures.ts';

const execCommand = {
  type: 'function' as const,
  name: 'exec_command',
  parameters: { type: 'object' },
  strict: false,
};
const writeStdin = { ...execCommand, name: 'write_stdin' };
const applyPatch = {
  type: 'custom' as const,
  name: 'apply_patch',
  format: { type: 'grammar' as const, syntax: 'lark' as const, definition: 'start: /.+/' },
};
const codexTools = [execCommand, writeStdin, applyPatch];
const metadata = { task: 'small', attempt: '1', model: 'fast', trial: 't' };

/** As Codex reaches it through the gateway: the metadata stands in a header. */
const clientOf = (baseURL: string, headers: Record<string, string> = {}) =>
  new OpenAI({
    baseURL,
    apiKey: 'simulated',
    maxRetries: 0,
    defaultHeaders: { 'x-evalrun-metadata': JSON.stringify(metadata), ...headers },
  });

type Item = OpenAI.Responses.ResponseInputItem;

/** What Codex sends before anything happened. */
const opening: Item[] = [
  { type: 'message', role: 'developer', content: 'You are a coding agent.' },
  { type: 'message', role: 'user', content: '<environment_context></environment_context>' },
  { type: 'message', role: 'user', content: 'Fix it.' },
];

interface Answered {
  readonly calls: readonly string[];
  readonly input: Item[];
  readonly text: string;
}

/** Plays on to the end, or for so many turns; `answer` is what a tool says to a call. */
async function play(
  client: OpenAI,
  answer: (call: string) => string,
  options: {
    readonly tools?: OpenAI.Responses.Tool[];
    readonly input?: Item[];
    readonly turns?: number;
  } = {},
): Promise<Answered> {
  const input = [...(options.input ?? opening)];
  const calls: string[] = [];
  for (let turn = 0; turn < (options.turns ?? 20); turn += 1) {
    const { output } = await client.responses.create({
      model: 'fast',
      input,
      tools: options.tools ?? codexTools,
    });
    input.push(...(output as Item[]));
    const results = output.flatMap((item) => resultOf(item, calls, answer));
    input.push(...results);
    if (results.length === 0) return { calls, input, text: JSON.stringify(output) };
  }
  return { calls, input, text: '' };
}

function resultOf(
  item: OpenAI.Responses.ResponseOutputItem,
  calls: string[],
  answer: (call: string) => string,
): Item[] {
  if (item.type === 'function_call') {
    calls.push(`${item.name} ${item.arguments}`);
    return [{ type: 'function_call_output', call_id: item.call_id, output: answer(calls.at(-1) ?? '') }];
  }
  if (item.type !== 'custom_tool_call') return [];
  calls.push(`custom ${item.name} ${item.input}`);
  return [{ type: 'custom_tool_call_output', call_id: item.call_id, output: answer(calls.at(-1) ?? '') }];
}

const ended = 'Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n';
const stillRunning = 'Chunk ID: 1\nWall time: 30 seconds\nProcess running with session ID 7\nOutput:\n';

test('Codex’s tools play the task that the header names: commands, then the patch as plain text', async () => {
  await using simulator = await startSmall();
  const { calls, text } = await play(clientOf(simulator.baseUrl), () => ended);
  expect(calls.at(0)).toMatch(/^exec_command \{"cmd":/);
  expect(calls.at(-1)).toMatch(/^custom apply_patch \*\*\* Begin Patch\n\*\*\* Update File: a\.txt\n/);
  expect(calls.at(-1)).toContain('+TWO');
  expect(text).toContain('Done: a.txt.');
});

test('the patch is streamed as the input of a custom tool', async () => {
  await using simulator = await startSmall();
  const client = clientOf(simulator.baseUrl);
  const { input } = await play(client, () => ended, { turns: 1 });
  const stream = await client.responses.create({
    model: 'fast',
    input,
    tools: codexTools,
    stream: true,
  });
  let streamed = '';
  let whole: string | undefined;
  for await (const event of stream) {
    if (event.type === 'response.custom_tool_call_input.delta') streamed += event.delta;
    if (event.type === 'response.custom_tool_call_input.done') whole = event.input;
  }
  expect(streamed).toMatch(/^\*\*\* Begin Patch\n/);
  expect(whole).toBe(streamed);
});

test('without apply_patch the edit is a command', async () => {
  await using simulator = await startSmall();
  const { calls } = await play(clientOf(simulator.baseUrl), () => ended, {
    tools: [execCommand, writeStdin],
  });
  expect(calls.at(-1)).toMatch(/^exec_command .*git -c safe\.directory.*TWO/);
});

test('a patch that does not fit ends the trial', async () => {
  await using simulator = await startSmall();
  const refuse = (call: string) =>
    call.startsWith('custom') ? 'apply_patch verification failed: Failed to find expected lines' : ended;
  const { text } = await play(clientOf(simulator.baseUrl), refuse);
  expect(text).toContain('does not fit');
});

test('a command that still runs is asked for until it has ended, and counts once', async () => {
  await using simulator = await startSmall();
  let polls = 0;
  const slowFirst = (call: string) => {
    if (call.startsWith('write_stdin')) return ++polls < 3 ? stillRunning : ended;
    return call.startsWith('exec_command') && polls === 0 ? stillRunning : ended;
  };
  const slow = await play(clientOf(simulator.baseUrl), slowFirst);
  const quick = await play(clientOf(simulator.baseUrl), () => ended);
  const asked = slow.calls.filter((call) => call.startsWith('write_stdin'));
  expect(asked).toHaveLength(3);
  expect(JSON.parse(asked[0]?.slice('write_stdin '.length) ?? '')).toMatchObject({
    session_id: 7,
    chars: '',
  });
  expect(slow.calls.filter((call) => !call.startsWith('write_stdin'))).toEqual(quick.calls);
});

test('a command’s own words about a session are not taken for the tool’s', async () => {
  await using simulator = await startSmall();
  const { calls } = await play(
    clientOf(simulator.baseUrl),
    () => `${ended}Process running with session ID 7\n`,
  );
  expect(calls.some((call) => call.startsWith('write_stdin'))).toBe(false);
});

test('a command that never ends is left alone after a while', async () => {
  await using simulator = await startSmall();
  const never = (call: string) => (/^(exec_command|write_stdin)/.test(call) ? stillRunning : ended);
  const { calls, text } = await play(clientOf(simulator.baseUrl), never, {
    tools: codexTools,
    input: opening,
  });
  expect(calls.length).toBe(20);
  expect(text).toBe('');
  const { calls: all } = await play(clientOf(simulator.baseUrl), never, { turns: 80 });
  expect(all.filter((call) => call.startsWith('custom apply_patch'))).toHaveLength(1);
});

test('after a compaction the play goes on where it was', async () => {
  await using simulator = await startSmall();
  const whole = await play(clientOf(simulator.baseUrl), () => ended);
  const half = await play(clientOf(simulator.baseUrl), () => ended, { turns: 1 });
  const compacting = clientOf(simulator.baseUrl, {
    'x-codex-turn-metadata': JSON.stringify({ request_kind: 'compaction' }),
  });
  const summary = await compacting.responses.create({ model: 'fast', input: half.input });
  expect(summary.output.map(({ type }) => type)).toEqual(['message']);
  const input: Item[] = [...opening, { type: 'message', role: 'user', content: summary.output_text }];
  const rest = await play(clientOf(simulator.baseUrl), () => ended, { input });
  expect([...half.calls, ...rest.calls]).toEqual(whole.calls);
});

test('metadata of the body wins over the header, and a header that is none is refused', async () => {
  await using simulator = await startSmall();
  const ask = (client: OpenAI, extra: object = {}) =>
    client.responses.create({ model: 'fast', input: 'Fix it.', tools: codexTools, ...extra });
  const other = await ask(clientOf(simulator.baseUrl), { metadata: { task: 'other' } });
  expect(other.output_text).toContain('does not know this one');
  expect(other.metadata).toEqual({ ...metadata, task: 'other' });
  const broken = clientOf(simulator.baseUrl, { 'x-evalrun-metadata': '{"task":1}' });
  await expect(ask(broken)).rejects.toMatchObject({ status: 400 });
});
