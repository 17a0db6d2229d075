import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, test } from 'vitest';
import { profileOf, smallPatch, smallTask, startSmall, taskOf } from './fixtures.ts';
import { drawSolves } from './plan-answer.ts';

const shell = { type: 'function' as const, name: 'shell', parameters: { type: 'object' }, strict: false };
const applyPatch = { ...shell, name: 'apply_patch' };

const clientOf = (baseURL: string) => new OpenAI({ baseURL, apiKey: 'simulated', maxRetries: 0 });
const metadata = (attempt = '1') => ({ task: 'small', attempt, model: 'fast', trial: `t-${attempt}` });

test('the openai package reads it over SSE: order of events, tool calls, usage', async () => {
  await using simulator = await startSmall();
  const stream = await clientOf(simulator.baseUrl).responses.create({
    model: 'deep',
    input: 'Fix it.',
    tools: [shell, applyPatch],
    metadata: metadata(),
    stream: true,
  });
  const types: string[] = [];
  let sequence = 0;
  for await (const event of stream) {
    expect(event.sequence_number).toBe(sequence++);
    if (types.at(-1) !== event.type) types.push(event.type);
    if (event.type !== 'response.completed') continue;
    expect(event.response.output.map((item) => item.type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
    const { usage } = event.response;
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
  }
  const call = [
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
  ];
  expect(types).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    ...call,
    ...call,
    'response.completed',
  ]);
});

test('the openai package’s stream helper and its plain request give the same answer', async () => {
  await using simulator = await startSmall();
  const client = clientOf(simulator.baseUrl);
  const body = { model: 'fast', input: 'Fix it.', tools: [shell], metadata: metadata() };
  const streamed = await client.responses.stream(body).finalResponse();
  const plain = await client.responses.create(body);
  const essence = (items: readonly object[]) =>
    items.map((item) => ({ ...item, id: '', parsed_arguments: 0, parsed: 0 }));
  expect(essence(streamed.output).at(-1)).toEqual(essence(plain.output).at(-1));
  expect(plain.status).toBe('completed');
  expect((await client.models.list()).data.map((model) => model.id)).toEqual(['fast', 'deep']);
});

test('the openai package talks to it over WebSocket: prewarm, a chain, an unknown parent', async () => {
  await using simulator = await startSmall();
  const socket = new ResponsesWS(clientOf(simulator.baseUrl));
  const events: { type: string }[] = [];
  const next = Promise.withResolvers<void>();
  let resume = next.resolve;
  socket.on('error', (error) => {
    events.push({ type: `error ${JSON.stringify(error.error ?? error.message)}` });
    resume();
  });
  socket.on('event', (event) => {
    events.push(event);
    if (event.type === 'response.completed') resume();
  });
  const send = async (extra: object) => {
    const turn = Promise.withResolvers<void>();
    resume = turn.resolve;
    const body = { model: 'fast', tools: [shell, applyPatch], metadata: metadata(), ...extra };
    socket.send({ type: 'response.create', ...body });
    await turn.promise;
    return events.at(-1) as unknown as { response: OpenAI.Responses.Response };
  };
  const warm = await send({ generate: false, input: 'Fix it.' });
  expect(warm.response.output).toEqual([]);
  const first = await send({ previous_response_id: warm.response.id, input: [] });
  const call = first.response.output.at(-1);
  if (call?.type !== 'function_call') throw new Error('no call');
  expect(call.name).toBe('shell');
  const output = { type: 'function_call_output', call_id: call.call_id, output: 'exit code 0' };
  const second = await send({ previous_response_id: first.response.id, input: [output] });
  expect(second.response.previous_response_id).toBe(first.response.id);
  expect(second.response.usage?.input_tokens_details.cached_tokens).toBeGreaterThan(0);
  await send({ previous_response_id: 'resp_unknown', input: [] });
  expect(events.at(-1)?.type).toContain('previous_response_not_found');
  socket.close();
});

/** Plays a whole trial by plain requests; every tool answers the same. */
async function trial(baseUrl: string, attempt: string, extra: object = {}, result = 'exit code 0') {
  const client = clientOf(baseUrl);
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'Fix it.' }];
  const calls: string[] = [];
  let outputTokens = 0;
  for (;;) {
    const { output, usage } = await client.responses.create({
      model: 'fast',
      input,
      tools: [shell, applyPatch],
      metadata: metadata(attempt),
      ...extra,
    });
    outputTokens += usage?.output_tokens ?? 0;
    input.push(...(output as OpenAI.Responses.ResponseInputItem[]));
    const made = output.filter((item) => item.type === 'function_call');
    for (const call of made) {
      calls.push(`${call.name} ${call.arguments}`);
      input.push({ type: 'function_call_output', call_id: call.call_id, output: result });
    }
    const text = output.flatMap((item) => (item.type === 'message' ? item.content : []));
    if (made.length === 0) return { calls, outputTokens, text: JSON.stringify(text) };
  }
}

test('the same seed plays the same trials, whatever their order', async () => {
  const attempts = ['1', '2', '3', '4', '5', '6'];
  const half = new Map([['fast', profileOf({ rate: 0.5 })]]);
  const run = async (order: readonly string[], seed: number, jobs: number) => {
    await using simulator = await startSmall({ seed, profiles: half });
    const results: [string, string[]][] = [];
    const queue = [...order];
    const worker = async () => {
      for (let attempt = queue.shift(); attempt !== undefined; attempt = queue.shift()) {
        results.push([attempt, (await trial(simulator.baseUrl, attempt)).calls]);
      }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
    return results.sort(([a], [b]) => a.localeCompare(b));
  };
  const inOrder = await run(attempts, 7, 1);
  expect(await run(attempts.toReversed(), 7, 3)).toEqual(inOrder);
  expect(await run(attempts, 8, 1)).not.toEqual(inOrder);
});

test('the share of solved draws is the profile’s', () => {
  const profile = profileOf({ rate: 0.584 });
  const solved = Array.from({ length: 5000 }, (_, index) =>
    drawSolves(profile, smallTask, ['s', 'm', `t${index}`, '1']),
  );
  expect(solved.filter(Boolean).length / solved.length).toBeCloseTo(0.584, 1);
});

test('a solved trial makes the edit of the reference, a failed one does not', async () => {
  const edit = (calls: readonly string[]) => calls.filter((call) => call.startsWith('apply_patch'));
  const withRate = (rate: number) => new Map([['fast', profileOf({ rate })]]);
  await using solving = await startSmall({ profiles: withRate(1) });
  const solved = await trial(solving.baseUrl, '1');
  expect(edit(solved.calls)).toHaveLength(1);
  expect(edit(solved.calls)[0]).toContain('+TWO');
  await using failing = await startSmall({ profiles: withRate(0) });
  const failed = await trial(failing.baseUrl, '1');
  expect(failed.calls.length).toBeGreaterThan(0);
  expect(edit(failed.calls)).toHaveLength(0);
});

test('a wrong solution is played where the task keeps one', async () => {
  const wrong = smallPatch.replace('+TWO', '+WRONG');
  const wrongTask = taskOf('small', { kind: 'patch', patch: smallPatch }, { kind: 'patch', patch: wrong });
  await using simulator = await startSmall({
    profiles: new Map([['fast', profileOf({ rate: 0 })]]),
    tasks: () => wrongTask,
  });
  const { calls } = await trial(simulator.baseUrl, '1');
  expect(calls.join()).toContain('+WRONG');
});

test('without apply_patch the edit goes through the shell, and a failed edit ends the trial', async () => {
  await using simulator = await startSmall();
  const { calls } = await trial(simulator.baseUrl, '1', { tools: [shell] });
  expect(calls.join()).toContain('git -c safe.directory');
  const failed = await trial(simulator.baseUrl, '1', {}, 'error: a.txt: these lines were not found');
  expect(failed.text).toContain('does not fit');
});

test('a script is sent as a command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evalrun-simulator-'));
  writeFileSync(join(folder, 'solve.sh'), 'x=1\necho "$x" > out\n');
  const scriptTask = taskOf('small', { kind: 'script', directory: folder, script: 'solve.sh', env: {} });
  await using simulator = await startSmall({ tasks: () => scriptTask });
  const { calls } = await trial(simulator.baseUrl, '1');
  rmSync(folder, { recursive: true });
  const command = calls.find((call) => call.includes('EVALRUN_EOF')) ?? '';
  expect(JSON.parse(command.slice('shell '.length))).toMatchObject({
    command: expect.stringContaining('echo "$x" > out'),
    timeout_ms: expect.any(Number),
  });
});

test('what it does not know it refuses in the API’s words', async () => {
  await using simulator = await startSmall();
  const client = clientOf(simulator.baseUrl);
  await expect(client.responses.create({ model: 'other', input: 'x' })).rejects.toMatchObject({
    status: 404,
  });
  await expect(
    client.responses.create({ model: 'fast', input: 'x', previous_response_id: 'resp_1' }),
  ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
  const broken = await fetch(`${simulator.baseUrl}/responses`, { method: 'POST', body: '{' });
  expect(broken.status).toBe(400);
});
