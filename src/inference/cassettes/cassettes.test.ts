import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelProfile, TransportName } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import { systemClock } from '../../lib/clock.ts';
import type { InferenceClient, ModelAnswer, ModelRequest } from '../client.ts';
import type { ChooseFault, Fault } from '../simulator/faults.ts';
import { longPatch, modelOf, profileOf, taskOf } from '../simulator/fixtures.ts';
import { startSimulator } from '../simulator/simulator.ts';
import {
  type Conversation,
  type ConverseOptions,
  clientWith,
  converse,
  manifest,
  replayed,
  tools,
} from './cassette-test-kit.ts';
import { type Player, startPlayer } from './player.ts';
import { readCassette } from './read-cassette.ts';
import { type Recorder, startRecorder } from './recorder.ts';

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  while (disposables.length > 0) await disposables.pop()?.[Symbol.asyncDispose]();
});
function using<T extends AsyncDisposable>(value: T): T {
  disposables.push(value);
  return value;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-cassette-'));
  disposables.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  return join(folder, 'cassette');
}

interface Recording extends Conversation {
  readonly folder: string;
}

interface RecordOptions extends ConverseOptions {
  readonly faults?: ChooseFault;
  readonly ttftMs?: number;
  readonly stallTimeoutMs?: number;
}

async function record(transport: TransportName, options: RecordOptions = {}): Promise<Recording> {
  const folder = await newFolder();
  await using simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({ ttftMs: options.ttftMs ?? 20, tokensPerSecond: 2_000 })]]),
    tasks: (id) => (id === 'small' ? taskOf('small', { kind: 'patch', patch: longPatch(30) }) : undefined),
    clock: systemClock,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  await using recorder = await startRecorder({ folder, manifest, secrets: [] });
  const client = using(clientWith(recorder, options.stallTimeoutMs));
  const conversation = await converse(client, modelOf(simulator.baseUrl, transport), options);
  await recorder.endTry(options.trialId ?? 'trial-1', { final: true, status: 'judged' });
  return { folder, ...conversation };
}

interface ReplayOptions extends ConverseOptions {
  readonly timeScale?: number;
  readonly strict?: boolean;
  readonly stallTimeoutMs?: number;
}

interface Replayed extends Conversation {
  readonly player: Player;
  readonly failure: string | undefined;
}

async function replay(
  folder: string,
  transport: TransportName,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const { timeScale = 1, strict = false, trialId = 'trial-1' } = options;
  const cassette = await readCassette(folder);
  const player = using(await startPlayer({ cassette, clock: systemClock, timeScale, strict }));
  await player.beginTry(trialId);
  const client = using(clientWith(undefined, options.stallTimeoutMs));
  const conversation = await converse(client, replayed(player, transport), options);
  return { ...conversation, player, failure: await player.endTry(trialId) };
}

/** Of the answers without what belongs to this exchange alone. */
function said(answers: readonly ModelAnswer[]): unknown[] {
  return answers.map((answer) =>
    'record' in answer && answer.status === 'completed'
      ? { status: answer.status, items: answer.items, usage: answer.usage, id: answer.record.responseId }
      : answer,
  );
}

const at =
  (number: number, fault: Fault): ChooseFault =>
  (request) =>
    request.number === number ? fault : undefined;

const transports = ['responses-websocket', 'responses-sse'] as const;

describe.each(transports)('over %s', (transport) => {
  test('a replay says what was recorded, chains as it did and needs no key', async () => {
    const recording = await record(transport);
    expect(recording.answers.length).toBeGreaterThan(2);
    const { answers, records, player, failure } = await replay(recording.folder, transport, { timeScale: 0 });
    expect(said(answers)).toEqual(said(recording.answers));
    expect(failure).toBeUndefined();
    expect(records.map(({ chained }) => chained)).toEqual(recording.records.map(({ chained }) => chained));
    expect(records.every(({ serverStamps }) => serverStamps === undefined)).toBe(true);
    expect(player.differences()).toEqual({
      requests: answers.length,
      differing: 0,
      byKind: {},
      notAskedFor: 0,
      samples: [],
    });
  });

  test.each<[string, Fault]>([
    ['429', { kind: 'status', status: 429, retryAfterSec: 0.05 }],
    ['503', { kind: 'status', status: 503 }],
    ['cut', { kind: 'cut', afterEvents: 4 }],
    ['malformed', { kind: 'malformed' }],
    ['drop', { kind: 'drop-connection' }],
  ])('a recorded failure (%s) fails again and is tried again', async (_name, fault) => {
    const recording = await record(transport, { faults: at(2, fault) });
    const facts = (records: readonly RequestRecord[]) =>
      records.map(({ turn, attempt, status, error }) => [turn, attempt, status, error?.kind]);
    const { answers, records, failure } = await replay(recording.folder, transport);
    expect(recording.records.some(({ status }) => status === 'failed')).toBe(true);
    expect(facts(records)).toEqual(facts(recording.records));
    expect(said(answers)).toEqual(said(recording.answers));
    expect(failure).toBeUndefined();
  });

  test('a recorded stall is not waited for when time is short', async () => {
    const recording = await record(transport, { faults: at(2, { kind: 'stall' }), stallTimeoutMs: 300 });
    const { answers, failure } = await replay(recording.folder, transport, {
      timeScale: 0,
      stallTimeoutMs: 60_000,
    });
    expect(said(answers)).toEqual(said(recording.answers));
    expect(failure).toBeUndefined();
  });

  test.each<[string, (request: ModelRequest, turn: number) => ModelRequest, RegExp]>([
    [
      'another tool',
      (request) => ({ ...request, tools: [...tools, { name: 'look', description: '', parameters: {} }] }),
      /the tools differ .* at number 3: look/,
    ],
    [
      'another schema',
      (request) => ({
        ...request,
        tools: tools.map((tool) => ({ ...tool, parameters: { type: 'object', required: ['x'] } })),
      }),
      /the tools differ .* at number 1/,
    ],
    [
      'another item',
      (request, turn) =>
        turn === 2
          ? { ...request, input: [...request.input, { type: 'message', role: 'user', text: 'Hurry.' }] }
          : request,
      /the kinds of items differ .*: message user, recorded is none/,
    ],
  ])('%s is a mismatch that is not tried again and names what differs', async (_name, change, message) => {
    const { folder } = await record(transport);
    const { answers, records, failure } = await replay(folder, transport, { timeScale: 0, change });
    expect(answers.at(-1)).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid-request', retryable: false, message: expect.stringMatching(message) },
    });
    expect(records.at(-1)?.attempt).toBe(1);
    expect(failure).toMatch(message);
  });

  test('another model is a mismatch', async () => {
    const { folder } = await record(transport, { turns: 1 });
    const cassette = await readCassette(folder);
    const player = using(await startPlayer({ cassette, clock: systemClock, timeScale: 0, strict: false }));
    const other = { ...replayed(player, transport), model: 'slow' };
    const { answers } = await converse(using(clientWith()), other, { turns: 1 });
    expect(answers).toMatchObject([{ status: 'failed', error: { message: /"slow", recorded is "fast"/ } }]);
  });

  test('a conversation that goes on longer than the recording is a mismatch', async () => {
    const { folder } = await record(transport, { turns: 2 });
    const { answers, failure } = await replay(folder, transport, { timeScale: 0, turns: 3 });
    expect(answers.at(-1)).toMatchObject({ status: 'failed', error: { kind: 'invalid-request' } });
    expect(failure).toMatch(/no further request to \/responses in step main/);
  });

  test('other texts are counted by kind and played on; strict refuses them', async () => {
    const recorded = (turn: number) => `all passed in 0.0${turn} s`;
    const { folder, answers } = await record(transport, { output: recorded });
    const change = (request: ModelRequest): ModelRequest => ({
      ...request,
      instructions: 'You are a good agent.',
    });
    const output = (turn: number) => (turn === 1 ? 'all passed in 0.09 s' : 'one failed');
    const lenient = await replay(folder, transport, { timeScale: 0, output, change });
    expect(said(lenient.answers)).toEqual(said(answers));
    expect(lenient.failure).toBeUndefined();
    const differences = lenient.player.differences();
    expect(differences.differing).toBe(answers.length);
    expect(differences.byKind['instruction']).toBe(answers.length);
    expect(differences.byKind['times']).toBeGreaterThanOrEqual(1);
    expect(differences.byKind['tool-output']).toBeGreaterThanOrEqual(1);
    expect(differences.samples.find(({ kind }) => kind === 'times')).toMatchObject({
      recorded: expect.stringContaining('0.01'),
      asked: expect.stringContaining('0.09'),
    });
    const strict = await replay(folder, transport, { timeScale: 0, strict: true, output });
    expect(strict.failure).toMatch(/input\[\d+\]\.output differs \(times\), which --replay-strict refuses/);
    expect(strict.answers.at(-1)).toMatchObject({ status: 'failed', error: { retryable: false } });
  });

  test('requests that do not come any more are counted, and strict does not let them pass', async () => {
    const { folder, answers } = await record(transport);
    const lenient = await replay(folder, transport, { timeScale: 0, turns: 2 });
    expect(lenient.failure).toBeUndefined();
    expect(lenient.player.differences().notAskedFor).toBe(answers.length - 2);
    const strict = await replay(folder, transport, { timeScale: 0, turns: 2, strict: true });
    expect(strict.failure).toContain(`${answers.length - 2} recorded requests were not asked for`);
  });
});

test('tries are recorded apart; a replay goes through those that the provider failed, and the final one', async () => {
  const folder = await newFolder();
  const simulator = using(
    await startSimulator({
      seed: 1,
      profiles: new Map([['fast', profileOf({})]]),
      tasks: () => taskOf('small', { kind: 'patch', patch: longPatch(3) }),
      clock: systemClock,
      // The first try dies of the provider, the second of something of ours after its first turn.
      faults: ({ number }) => (number <= 3 ? { kind: 'status', status: 500 } : undefined),
    }),
  );
  await using recorder = await startRecorder({ folder, manifest, secrets: [] });
  const model = modelOf(simulator.baseUrl, 'responses-websocket');
  const ends = [
    { final: false, status: 'errored', code: 'inference' },
    { final: false, status: 'errored', code: 'sandbox' },
    { final: true, status: 'judged' },
  ];
  const recorded: Conversation[] = [];
  for (const [index, end] of ends.entries()) {
    recorder.beginTry('trial-1', index + 1);
    recorded.push(
      await converse(using(clientWith(recorder)), model, end.code === 'sandbox' ? { turns: 1 } : {}),
    );
    await recorder.endTry('trial-1', end);
  }
  const cassette = await readCassette(folder);
  const player = using(await startPlayer({ cassette, clock: systemClock, timeScale: 0, strict: true }));
  const replays: Conversation[] = [];
  for (const _ of [1, 2]) {
    await player.beginTry('trial-1');
    replays.push(await converse(using(clientWith()), replayed(player, 'responses-websocket')));
    expect(await player.endTry('trial-1')).toBeUndefined();
  }
  const answersOf = (conversations: readonly (Conversation | undefined)[]) =>
    conversations.map((one) => said(one?.answers ?? []));
  expect(answersOf(replays)).toEqual(answersOf([recorded[0], recorded[2]]));
  expect(replays[0]?.answers).toMatchObject([{ status: 'failed', error: { kind: 'server' } }]);
});

test('trials that run at the same time are told apart', async () => {
  const folder = await newFolder();
  const simulator = using(
    await startSimulator({
      seed: 1,
      profiles: new Map([['fast', profileOf({ ttftMs: 10 })]]),
      tasks: () => taskOf('small', { kind: 'patch', patch: longPatch(3) }),
      clock: systemClock,
    }),
  );
  const ids = ['a', 'b/ä', 'c'];
  const all = (client: InferenceClient, model: ModelProfile) =>
    Promise.all(ids.map((trialId) => converse(client, model, { trialId, output: () => trialId })));
  const recorder: Recorder = await startRecorder({ folder, manifest, secrets: [] });
  const recorded = await all(using(clientWith(recorder)), modelOf(simulator.baseUrl, 'responses-sse'));
  for (const id of ids) await recorder.endTry(id, { final: true, status: 'judged' });
  const cassette = await readCassette(folder);
  const player = using(await startPlayer({ cassette, clock: systemClock, timeScale: 0, strict: true }));
  const replays = await all(using(clientWith()), replayed(player, 'responses-sse'));
  expect(replays.map(({ answers }) => said(answers))).toEqual(recorded.map(({ answers }) => said(answers)));
});

describe('the recording', () => {
  test('holds no key, not even one that a provider sends back', async () => {
    const folder = await newFolder();
    const recorder = await startRecorder({ folder, manifest, secrets: ['sk-canary-0123456789'] });
    const exchange = recorder.begin({
      trialId: 't',
      metadata: {},
      transport: 'responses-sse',
      path: '/responses',
      body: Buffer.from('{"note":"sk-canary-0123456789"}'),
      sentUs: 5,
    });
    exchange.accepted(401, { authorization: 'Bearer sk-canary-0123456789', 'set-cookie': 'a=b' }, 6);
    exchange.chunk(Buffer.from('Incorrect API key provided: sk-canary-0123456789 (ü)'), 7);
    exchange.end('complete', 8);
    await recorder.endTry('t', { final: true, status: 'errored' });
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
    );
    expect(texts.join('')).toContain('Incorrect API key provided: [removed] (ü)');
    expect(texts.join('')).not.toContain('sk-canary');
    expect(texts.join('')).not.toMatch(/set-cookie|authorization/i);
  });

  test('keeps bytes that are no text of their own, and what nobody ended', async () => {
    const folder = await newFolder();
    const recorder = await startRecorder({ folder, manifest, secrets: [] });
    const exchange = recorder.begin({
      trialId: 't',
      metadata: {},
      transport: 'chat-sse',
      path: '/chat/completions',
      body: Buffer.from('{"model":"m"}'),
      sentUs: 100,
    });
    const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
    exchange.chunk(first, 110);
    exchange.chunk(second, 120);
    await recorder.endTry('t', { final: true, status: 'judged' });
    exchange.chunk(Buffer.from('too late'), 130);
    const cassette = await readCassette(folder);
    const player = using(await startPlayer({ cassette, clock: systemClock, timeScale: 0, strict: true }));
    const response = await fetch(`${player.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'x-evalrun-metadata': '{"trial":"t"}' },
      body: '{"model":"m"}',
      signal: AbortSignal.timeout(300),
    });
    const reader = response.body?.getReader();
    const bytes: number[] = [];
    while (bytes.length < 2) bytes.push(...((await reader?.read())?.value ?? []));
    expect(Buffer.from(bytes).toString()).toBe('ü');
  });

  test('of another run is not written into; that of the same run goes on', async () => {
    const folder = await newFolder();
    await startRecorder({ folder, manifest, secrets: [] });
    await expect(startRecorder({ folder, manifest, secrets: [] })).resolves.toBeDefined();
    await expect(
      startRecorder({ folder, manifest: { ...manifest, runId: 'run-2' }, secrets: [] }),
    ).rejects.toThrow(/there is a recording of run run-1 already/);
  });

  test('that cannot be written fails the try with a storage error', async () => {
    const folder = await newFolder();
    const recorder = await startRecorder({ folder, manifest, secrets: [] });
    await writeFile(join(folder, 'trials'), 'a file where a folder has to be');
    const exchange = recorder.begin({
      trialId: 't',
      metadata: {},
      transport: 'responses-sse',
      path: '/responses',
      body: Buffer.from('{}'),
      sentUs: 0,
    });
    exchange.end('complete', 1);
    await expect(recorder.endTry('t', { final: true, status: 'judged' })).rejects.toMatchObject({
      code: 'storage',
    });
    expect(recorder.failed.aborted).toBe(true);
  });

  test.each([
    ['torn in the middle of a line', (size: number) => size - 30, /is torn: 1 lines cannot be read/],
    ['without its last lines', undefined, /is torn: \d+ of \d+ exchanges are whole/],
  ])('%s is not played', async (_name, newSize, message) => {
    const { folder } = await record('responses-sse');
    const path = join(folder, 'trials/trial-1/try-1.jsonl');
    const text = await readFile(path, 'utf8');
    if (newSize === undefined) await writeFile(path, text.slice(0, text.lastIndexOf('{"kind":"end"')));
    else await truncate(path, newSize(Buffer.byteLength(text)));
    const { failure, answers } = await replay(folder, 'responses-sse', { timeScale: 0 });
    expect(failure).toMatch(message);
    expect(answers).toMatchObject([{ status: 'failed', error: { kind: 'invalid-request' } }]);
  });

  test('a line of the index that is torn is told, and the next one starts on its own', async () => {
    const { folder } = await record('responses-sse', { turns: 1 });
    const index = join(folder, 'tries.jsonl');
    await writeFile(index, (await readFile(index, 'utf8')).slice(0, 20));
    const recorder = await startRecorder({ folder, manifest, secrets: [] });
    recorder.beginTry('trial-2', 1);
    await recorder.endTry('trial-2', { final: true, status: 'judged' });
    const cassette = await readCassette(folder);
    expect(cassette.unreadable).toHaveLength(1);
    expect([...cassette.tries.keys()]).toEqual(['trial-2']);
  });
});

test('a folder without a recording is wrong usage', async () => {
  await expect(readCassette(join(tmpdir(), 'evalrun-none'))).rejects.toMatchObject({ code: 'usage' });
});
