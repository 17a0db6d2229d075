import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LatencyDocument, latencyDocumentSchema } from '../../domain/latency-document.ts';
import { type RequestRecord, requestRecordSchema } from '../../domain/request-record.ts';
import { readJsonLines } from '../../lib/json-lines.ts';
import { type RanMain, runMain } from '../../testing/run-main.ts';

const figure = (value: number) => `{ value: ${value}, source: test }`;
const model = (ttftMs: number) => `{
    provider: simulated, model: gpt-${ttftMs}, transport: websocket, style: light, contextTokens: 100000,
    simulation: {
      tokensPerSecond: ${figure(2_000)}, ttftMedianMs: ${figure(ttftMs)}, ttftSigma: ${figure(0.1)},
      roundTripOverheadMs: ${figure(3)}, successRate: { default: ${figure(1)} } } }`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'evalrun-latency-'));
  await writeFile(join(cwd, 'evalrun.yaml'), `models:\n  quick: ${model(10)}\n  slow: ${model(30)}\n`);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function latency(id: string, ...args: readonly string[]): Promise<RanMain> {
  return runMain(['latency', '--run-id', id, '--quiet', ...args], { cwd });
}

async function documentOf(id: string): Promise<LatencyDocument> {
  const text = await readFile(join(cwd, 'results', id, 'latency.json'), 'utf8');
  return latencyDocumentSchema.parse(JSON.parse(text));
}

async function requestsOf(id: string): Promise<readonly RequestRecord[]> {
  const { values, unreadable } = await readJsonLines(
    join(cwd, 'results', id, 'requests.jsonl'),
    requestRecordSchema,
  );
  expect(unreadable).toEqual([]);
  return values;
}

test('arms are taken in turn, stored apart and never pooled; a simulated measurement says so', async () => {
  const { code, stdout } = await latency('two', '--model', 'quick,slow', '--rounds', '12');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^SIMULATED · latency \(12 tool-call round trips of 4 arms, taken in turn, seed 0\)/,
  );
  const document = await documentOf('two');
  expect(document.simulated).toBe(true);
  expect(document.arms.map((arm) => [arm.model, arm.transport, arm.rounds])).toEqual([
    ['quick', 'responses-websocket', 12],
    ['quick', 'responses-sse', 12],
    ['slow', 'responses-websocket', 12],
    ['slow', 'responses-sse', 12],
  ]);
  const turns = (await requestsOf('two')).map(({ turn }) => turn);
  expect(turns).toEqual(turns.toSorted((a, b) => a - b));
  expect(turns).toHaveLength(4 * 13);
});

test('figures are those of the profile, the first request stands alone, and only new items go over a WebSocket', async () => {
  await latency('one', '--model', 'slow', '--rounds', '12');
  const [websocket, sse] = (await documentOf('one')).arms;
  for (const arm of [websocket, sse]) {
    expect(arm?.ttftMs).toMatchObject({ n: 12, leftOut: 0 });
    expect(arm?.ttftMs.interval?.low).toBeGreaterThan(20);
    expect(arm?.ttftMs.interval?.high).toBeLessThan(60);
    expect(arm?.ttftPercentilesMs.p50).toMatchObject({ status: 'value', n: 12 });
    expect(arm?.ttftPercentilesMs.p90).toMatchObject({ status: 'below-floor', needed: 64 });
    expect(arm?.createdMs.median).toBeGreaterThanOrEqual(3);
    expect(arm?.overheadSource).toBe('server stamps');
    expect(arm?.overheadMs.median).toBeGreaterThan(0);
    expect(arm?.overheadMs.median).toBeLessThan(20);
    expect(arm?.first?.connectMs).toBeGreaterThan(0);
    expect(arm?.reconnects).toBe(0);
  }
  // The context grows by a result of some 1.5 kB each round; a chain sends just that.
  expect(websocket?.requestBytes.last).toBeLessThan((websocket?.requestBytes.first ?? 0) * 1.5);
  expect(sse?.requestBytes.last).toBeGreaterThan(12 * 1_500);
});

test('the document is printed as one line with --json, and few rounds have no interval', async () => {
  const { code, stdout } = await latency(
    'three',
    '--model',
    'quick',
    '--transport',
    'sse',
    '--rounds',
    '3',
    '--json',
  );
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const { arms } = latencyDocumentSchema.parse(JSON.parse(stdout));
  expect(arms.map(({ transport }) => transport)).toEqual(['responses-sse']);
  expect(arms[0]?.ttftMs).toEqual({ n: 3, leftOut: 0, reason: expect.stringContaining('too few') });
});

test.each<[string, readonly string[], RegExp]>([
  ['rounds', ['--model', 'quick', '--rounds', '0'], /--rounds must be a whole number of at least 1/],
  ['model', ['--model', 'quik'], /model "quik" is not known \(did you mean "quick"\?\)/],
  ['transport', ['--model', 'quick', '--transport', 'see'], /transport "see" is not known/],
  ['seed', ['--model', 'quick', '--seed', '-1'], /--seed must be a whole number/],
])('a wrong %s is told before anything is measured', async (name, args, message) => {
  const { code, stderr } = await latency(`wrong-${name}`, ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

test('a folder that exists is not written into', async () => {
  await latency('again', '--model', 'quick', '--transport', 'sse', '--rounds', '1');
  const { code, stderr } = await latency('again', '--model', 'quick', '--rounds', '1');
  expect(code).toBe(2);
  expect(stderr).toMatch(/exists already; choose another --run-id/);
});
