import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loopAgent } from '../../agents/loop/loop-agent.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { profileOf } from '../../inference/simulator/fixtures.ts';
import { spendingLines } from '../../reports/spending-lines.ts';
import { readRun } from '../../results/result-store.ts';
import {
  type ExecutedRun,
  executeFakeRun,
  judgedBy,
  limits,
  newFolder,
  removeFolders,
  sixTasks,
} from '../../testing/fake-run.ts';
import { FakeEngine } from '../../testing/fake-sandbox.ts';
import { runDocument, trialRecord } from '../../testing/records.ts';
import { modelProfile } from '../../testing/tasks.ts';
import { budgetOf, refuseUnpriced } from './budget-flags.ts';
import { exitCodeOf } from './finish-run.ts';
import { refuseSpent, spentSoFar } from './spent-so-far.ts';

afterEach(removeFolders);

const prices = { inputPerMillion: 10, cachedInputPerMillion: 1, outputPerMillion: 100, source: 'test' };
const model: ModelProfile = modelProfile({
  transport: 'responses-sse',
  contextTokens: 100_000,
  maxOutputTokens: 200,
  simulation: profileOf({}),
  prices,
});
const arm = { agent: 'loop', model: 'spark', transport: 'responses-sse' as const };

const command = judgedBy(() => true);

interface Ran extends ExecutedRun {
  readonly folder: string;
  readonly engine: FakeEngine;
}

/** A new run, or what the one in `before` has left, with the simulator and a fake engine. */
async function ran(
  changes: Partial<Run>,
  { tasks = sixTasks, before }: { readonly tasks?: readonly Task[]; readonly before?: Ran } = {},
): Promise<Ran> {
  const folder = before?.folder ?? join(await newFolder(), 'run');
  const stored = before === undefined ? undefined : await readRun(folder);
  const engine = new FakeEngine({ command });
  const document: Run = { ...(stored?.run ?? runDocument({ arms: [arm], jobs: 2 })), ...changes };
  const arms = [{ arm, agent: loopAgent, model }];
  const executed = await executeFakeRun({ folder, document, arms, tasks, engine, before: stored });
  return { ...executed, folder, engine };
}

const outcomesOf = ({ records }: Ran): string[] => records.map(({ outcome }) => outcome.status).sort();
const started = ({ events }: Ran): number => events.filter(({ type }) => type === 'trial-start').length;

test('a run without a budget says what it has spent, and how its pace went', async () => {
  const free = await ran({ limits });
  const { input, output } = free.records.reduce(
    (sum, { usage }) => ({
      input: sum.input + (usage?.input ?? 0),
      output: sum.output + (usage?.output ?? 0),
    }),
    { input: 0, output: 0 },
  );
  const usd = free.records.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);
  expect(free.run.spending).toEqual({
    tokens: input + output,
    usd: expect.closeTo(usd, 9),
    estimated: false,
  });
  expect(free.run.pace).toMatchObject({
    leftOut: 0,
    changes: [{ provider: 'simulated', concurrency: 8, reason: 'start' }],
  });
  expect([free.run.state, free.run.endedBy, exitCodeOf(free.counts)]).toEqual(['finished', undefined, 0]);
});

test('a spent budget ends the run: nothing new starts, what runs is cancelled, and a larger one goes on', async () => {
  const whole = (await ran({ limits })).run.spending?.tokens ?? 0;
  const tokens = Math.round(whole / 2);
  const cut = await ran({ limits, budget: { tokens } });

  expect(cut.counts).toMatchObject({ state: 'interrupted', endedBy: 'budget', unjudged: 0 });
  expect(exitCodeOf(cut.counts)).toBe(5);
  expect(cut.run).toMatchObject({ state: 'interrupted', endedBy: 'budget' });
  expect(cut.run.spending?.tokens).toBeLessThanOrEqual(tokens);
  const cancelled = cut.records.filter(({ outcome }) => outcome.status === 'cancelled');
  expect(cancelled.length).toBeGreaterThanOrEqual(1);
  for (const { outcome, final } of cancelled) {
    expect(outcome).toEqual({ status: 'cancelled', phase: expect.any(String), reason: 'budget' });
    expect(final).toBe(false);
  }
  expect(outcomesOf(cut)).toContain('judged');
  expect(started(cut)).toBe(cut.records.length);
  expect(started(cut)).toBeLessThan(sixTasks.length);
  expect(cut.engine.sandboxes.every(({ isRemoved }) => isRemoved)).toBe(true);
  const notices = cut.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
  expect(notices).toEqual([expect.stringContaining(`budget of ${tokens} tokens is spent`)]);
  expect(spendingLines(cut.run).join('\n')).toContain('the budget ended the run');

  const stored = await readRun(cut.folder);
  expect(() => refuseSpent({ tokens: 10 }, spentSoFar(stored), 'run')).toThrow('has spent its budget');
  const { endedBy: _, ...again } = cut.run;
  const rest = await ran({ ...again, state: 'running', budget: { tokens: 3 * whole } }, { before: cut });
  expect(rest.run.state).toBe('finished');
  expect(exitCodeOf(rest.counts)).toBe(0);
  const judged = rest.records.filter(({ final }) => final).map(({ taskId }) => taskId);
  expect(judged.toSorted()).toEqual(sixTasks.map(({ id }) => id).toSorted());
  expect(rest.run.spending?.tokens).toBeGreaterThanOrEqual(whole);
});

test('dollars end a run as tokens do', async () => {
  const { run, counts } = await ran({ limits, budget: { usd: 0.02 } });
  expect([counts.endedBy, exitCodeOf(counts)]).toEqual(['budget', 5]);
  expect(run.spending?.usd).toBeLessThanOrEqual(0.02);
});

test('a trial in back-off lends its slot, and none of the wait is its agent’s', async () => {
  const tasks = sixTasks.slice(0, 2);
  const { events, records, run } = await ran(
    { limits: { ...limits, agentTimeoutSec: 1 }, jobs: 1, faults: ['429:retry-after=1.3@request=1'] },
    { tasks },
  );
  const order = events.flatMap((event) =>
    event.type === 'trial-start' || event.type === 'trial-end' ? [event.type] : [],
  );
  expect(order.slice(0, 2)).toEqual(['trial-start', 'trial-start']);
  expect(records.map(({ outcome }) => outcome)).toMatchObject([
    { status: 'judged', ending: 'finished' },
    { status: 'judged', ending: 'finished' },
  ]);
  const first = records.find(({ taskId }) => taskId === 'north');
  expect(first?.ledger?.['model.backoff']).toBeGreaterThan(1_250_000);
  expect(first?.agentWorkingUs).toBeLessThan(1_000_000);
  expect(first?.agentWallUs).toBeGreaterThan(1_250_000);
  expect(run.pace?.changes.map(({ concurrency }) => concurrency)).toEqual([8, 4]);
});

describe('flags', () => {
  test('are checked, and a resumed run keeps what is not given', () => {
    expect(budgetOf({})).toBeUndefined();
    expect(budgetOf({ 'budget-usd': 2.5 }, { usd: 1, tokens: 7 })).toEqual({ usd: 2.5, tokens: 7 });
    for (const usd of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => budgetOf({ 'budget-usd': usd })).toThrow('--budget-usd must be above 0');
    }
    expect(() => budgetOf({ 'budget-tokens': 1.5 })).toThrow('--budget-tokens must be a whole number');
  });

  test('dollars without prices are refused with the model’s name and the place of prices', () => {
    const { prices: __, ...unpriced } = model;
    const armOf = (one: ModelProfile) => [{ arm, agent: loopAgent, model: one }];
    expect(() => refuseUnpriced({ usd: 1 }, armOf(unpriced))).toThrow(
      /"spark" has no prices.*models\.spark\.prices/,
    );
    expect(() => refuseUnpriced({ tokens: 1 }, armOf(unpriced))).not.toThrow();
    expect(() => refuseUnpriced({ usd: 1 }, armOf(model))).not.toThrow();
  });

  test('exit codes: an interruption goes before the budget, the budget before what was not judged', () => {
    expect(exitCodeOf({ state: 'interrupted', endedBy: 'interrupt', unjudged: 2 })).toBe(130);
    expect(exitCodeOf({ state: 'interrupted', endedBy: 'budget', unjudged: 2 })).toBe(5);
    expect(exitCodeOf({ state: 'finished', unjudged: 2 })).toBe(1);
  });
});

describe('what was spent before', () => {
  const usage = (input: number, output: number) => ({
    input,
    output,
    cachedInput: 0,
    reasoning: 0,
    estimated: false,
  });
  const stored = (run: Partial<Run>, values: readonly TrialRecord[]) => ({
    run: runDocument(run),
    records: { values, unreadable: [] },
  });

  test('is the sum over every kept try; dollars are unknown where one has no price', () => {
    const priced = trialRecord({ usage: usage(10, 5), costUsd: 0.5 });
    const cancelled = trialRecord({ usage: usage(3, 0), costUsd: 0.25, final: false });
    expect(spentSoFar(stored({}, [priced, cancelled, trialRecord()]))).toEqual({
      tokens: 18,
      usd: 0.75,
      estimated: false,
    });
    const unpriced = trialRecord({ usage: usage(1, 1) });
    expect(spentSoFar(stored({}, [priced, unpriced]))).toMatchObject({ tokens: 17, usd: undefined });
  });

  test('is what run.json says where that is more: stopped answers stand in no record', () => {
    const spending = { tokens: 40, usd: 1, estimated: true };
    const records = [trialRecord({ usage: usage(10, 5), costUsd: 0.5 })];
    expect(spentSoFar(stored({ spending }, records))).toEqual(spending);
    expect(spentSoFar(stored({ spending: { ...spending, tokens: 3 } }, records)).tokens).toBe(15);
  });
});
