import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelProfile, ProviderLimits } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import { systemClock } from '../lib/clock.ts';
import type { ModelRequest, OnWaiting } from './client.ts';
import { createInferenceClient } from './inference-client.ts';
import { createAdaptivePace } from './pace/adaptive-pace.ts';
import { type BudgetLimits, createRunBudget } from './pace/run-budget.ts';
import type { ChooseFault } from './simulator/faults.ts';
import { longPatch, modelOf, profileOf, taskOf } from './simulator/fixtures.ts';
import { startSimulator } from './simulator/simulator.ts';

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  while (disposables.length > 0) await disposables.pop()?.[Symbol.asyncDispose]();
});

const task = taskOf('long', { kind: 'patch', patch: longPatch(250) });

interface Setup {
  readonly transport: ModelProfile['transport'];
  readonly limits?: ProviderLimits;
  readonly budget?: BudgetLimits;
  readonly faults?: ChooseFault;
  readonly ttftMs?: number;
  readonly onWaiting?: OnWaiting;
  readonly maxOutputTokens?: number;
}

async function setUp(setup: Setup) {
  let asked = 0;
  const simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({ ttftMs: setup.ttftMs ?? 5 })]]),
    tasks: () => task,
    clock: systemClock,
    faults: (request) => {
      asked += 1;
      return setup.faults?.(request);
    },
  });
  disposables.push(simulator);
  const pace = createAdaptivePace({ clock: systemClock });
  const budget = createRunBudget(setup.budget ?? {});
  const client = createInferenceClient({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 3, baseMs: 20, maxMs: 40 },
    random: () => 0.5,
    stallTimeoutMs: 5_000,
    connectTimeoutMs: 2_000,
    pace,
    budget,
  });
  disposables.push(client);
  const plain = modelOf(simulator.baseUrl, setup.transport);
  const model: ModelProfile = {
    ...plain,
    maxOutputTokens: setup.maxOutputTokens ?? 100,
    provider: { ...plain.provider, ...(setup.limits === undefined ? {} : { limits: setup.limits }) },
  };
  const records: RequestRecord[] = [];
  const respond = (signal = new AbortController().signal) => {
    const session = client.openSession({
      model,
      trialId: 't',
      metadata: { task: 'long', attempt: '1', model: 'fast', trial: 't', step: 'main' },
      onRecord: (record) => records.push(record),
      ...(setup.onWaiting === undefined ? {} : { onWaiting: setup.onWaiting }),
    });
    return session.respond(request, { signal });
  };
  return { respond, records, pace, budget, asked: () => asked };
}

const request: ModelRequest = {
  instructions: 'You are an agent.',
  input: [{ type: 'message', role: 'user', text: 'Fix it.' }],
  tools: [{ name: 'shell', description: 'runs', parameters: { type: 'object' } }],
};

describe.each(['responses-websocket', 'responses-sse', 'chat-sse'] as const)('over %s', (transport) => {
  test('waits for its turn, tells so, and the record says for how long', async () => {
    const told: (boolean | number | undefined)[][] = [];
    const onWaiting: OnWaiting = (waiting, ms) => void told.push([waiting, ms]);
    const { respond, records } = await setUp({
      transport,
      limits: { maxConcurrency: 1 },
      ttftMs: 60,
      onWaiting,
    });
    const answers = await Promise.all([respond(), respond()]);
    expect(answers.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(records[0]?.paceUs).toBeUndefined();
    expect(records[1]?.paceUs).toBeGreaterThan(30_000);
    expect(records[1]?.marks.t0).toBeGreaterThan(records[0]?.marks.completed ?? Number.POSITIVE_INFINITY);
    expect(told).toEqual([
      [true, 0],
      [false, undefined],
    ]);
  });

  test('an overload lowers the number of requests at a time, a back-off is told with its length', async () => {
    const told: (boolean | number | undefined)[][] = [];
    const { respond, pace, records } = await setUp({
      transport,
      faults: ({ number }) => (number === 1 ? { kind: 'status', status: 529 } : undefined),
      onWaiting: (waiting, ms) => void told.push([waiting, ms]),
    });
    expect(await respond()).toMatchObject({ status: 'completed' });
    expect(pace.history().map(({ concurrency, reason }) => [concurrency, reason])).toEqual([
      [8, 'start'],
      [4, 'overloaded'],
    ]);
    expect(told).toEqual([
      [true, 15],
      [false, undefined],
    ]);
    expect(records.map(({ backoffUs }) => backoffUs > 0)).toEqual([false, true]);
  });

  test('what the consumer does at the end of a wait is waited for, and is part of it', async () => {
    const { respond, records } = await setUp({
      transport,
      faults: ({ number }) => (number === 1 ? { kind: 'status', status: 503 } : undefined),
      onWaiting: (waiting) => (waiting ? undefined : sleep(80)),
    });
    expect(await respond()).toMatchObject({ status: 'completed' });
    expect(records[1]?.backoffUs).toBeGreaterThan(90_000);
  });

  test('a budget that is spent sends nothing more, and lets others through the gate', async () => {
    const { respond, records, budget, pace, asked } = await setUp({
      transport,
      limits: { maxConcurrency: 1 },
      budget: { tokens: 50 },
    });
    expect(await respond()).toEqual({ status: 'aborted' });
    expect([budget.spent.aborted, asked(), records]).toEqual([true, 0, []]);
    const { signal } = new AbortController();
    const provider = { name: 'simulated', kind: 'simulated' } as const;
    expect(await pace.admit({ provider, expectedTokens: 1, signal })).not.toBe('aborted');
  });

  test('is settled with what the provider counted', async () => {
    const { respond, records, budget } = await setUp({ transport, budget: { tokens: 1_000_000 } });
    await respond();
    const { input = 0, output = 0 } = records[0]?.usage ?? {};
    expect(input * output).toBeGreaterThan(0);
    expect(budget.spending()).toEqual({ tokens: input + output, usd: undefined, estimated: false });
  });

  test('an answer without a count is estimated, and said to be', async () => {
    const { respond, records, budget } = await setUp({ transport, faults: () => ({ kind: 'no-usage' }) });
    expect(await respond()).toMatchObject({ status: 'completed', usage: { estimated: true } });
    expect(records[0]?.usage?.estimated).toBe(true);
    expect(budget.spending()).toMatchObject({ estimated: true });
    expect(budget.spending().tokens).toBeGreaterThan(10);
  });

  test('a stopped wait is left at once, and a stopped answer costs what came of it', async () => {
    const afterEvents = transport === 'chat-sse' ? 2 : 8; // in the midst of the answer
    const { respond, records, budget } = await setUp({
      transport,
      limits: { maxConcurrency: 1 },
      faults: ({ number }) => (number === 1 ? { kind: 'stall', afterEvents } : undefined),
    });
    const stop = new AbortController();
    const first = respond(stop.signal);
    const waiting = new AbortController();
    const second = respond(waiting.signal);
    await sleep(150);
    waiting.abort();
    expect(await second).toEqual({ status: 'aborted' });
    stop.abort();
    expect(await first).toMatchObject({ status: 'aborted' });
    expect(records.map(({ status }) => status)).toEqual(['aborted']);
    expect(records[0]?.chunks).toBeGreaterThan(0);
    expect(budget.spending()).toMatchObject({ estimated: true });
    expect(budget.spending().tokens).toBeGreaterThan(records[0]?.chunks ?? 0);
    expect(await respond()).toMatchObject({ status: 'completed' });
  });
});
