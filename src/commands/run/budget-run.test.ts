import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loopAgent } from '../../agents/loop/loop-agent.ts';
import type { RunEvent } from '../../domain/events.ts';
import type { ModelProfile, SimulationProfile } from '../../domain/model.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import { spendingLines } from '../../reports/spending-lines.ts';
import { ResultStore, readRun } from '../../results/result-store.ts';
import { planTrials } from '../../suites/plan-trials.ts';
import { type FakeCommand, FakeEngine } from '../../testing/fake-sandbox.ts';
import { runDocument, trialRecord } from '../../testing/records.ts';
import { modelProfile, rewardFile, task, taskStep } from '../../testing/tasks.ts';
import { budgetOf, refuseUnpriced } from './budget-flags.ts';
import { executeRun, type RunCounts } from './execute-run.ts';
import { exitCodeOf } from './finish-run.ts';
import { neither } from './open-cassettes.ts';
import { refuseSpent, spentSoFar } from './spent-so-far.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const figure = (value: number) => ({ value, source: 'test' });
const simulation: SimulationProfile = {
  ttftMedianMs: figure(5),
  ttftSigma: figure(0.1),
  tokensPerSecond: figure(20_000),
  roundTripOverheadMs: figure(1),
  successRate: { default: figure(1) },
};
const prices = { inputPerMillion: 10, cachedInputPerMillion: 1, outputPerMillion: 100, source: 'test' };
const model: ModelProfile = modelProfile({
  transport: 'responses-sse',
  contextTokens: 100_000,
  maxOutputTokens: 200,
  simulation,
  prices,
});
const arm = { agent: 'loop', model: 'spark', transport: 'responses-sse' as const };

const patch = [
  'diff --git a/done.txt b/done.txt\n',
  'new file mode 100644\n',
  '--- /dev/null\n',
  '+++ b/done.txt\n',
  '@@ -0,0 +1 @@\n',
  '+done\n',
].join('');
const allTasks: readonly Task[] = ['north', 'east', 'south', 'west', 'up', 'down'].map((id) =>
  task({ id, steps: [taskStep({ verification: rewardFile(), solution: { kind: 'patch', patch } })] }),
);

const command: FakeCommand = ({ argv, stdin }, sandbox) => {
  if (stdin !== undefined) sandbox.write(resolve('/app', argv.at(-1) ?? ''), String(stdin));
  if (!argv.join(' ').includes("'/tests/test.sh'")) return { stdout: 'some files\n' };
  sandbox.write('/logs/verifier/reward.txt', '1');
  return undefined;
};

interface Ran {
  readonly folder: string;
  readonly run: Run;
  readonly records: readonly TrialRecord[];
  readonly counts: RunCounts;
  readonly events: readonly RunEvent[];
  readonly engine: FakeEngine;
}

/** A new run, or what the one in `before` has left, with the simulator and a fake engine. */
async function ran(
  changes: Partial<Run>,
  { tasks = allTasks, before }: { readonly tasks?: readonly Task[]; readonly before?: Ran } = {},
): Promise<Ran> {
  const folder = before?.folder ?? join(await newFolder(), 'run');
  const stored = before === undefined ? undefined : await readRun(folder);
  const finals = stored?.records.values.filter(({ final }) => final) ?? [];
  const finished = new Set(finals.map(({ trialId }) => trialId));
  const engine = new FakeEngine({ command });
  const events: RunEvent[] = [];
  const document: Run = { ...(stored?.run ?? runDocument({ arms: [arm], jobs: 2 })), ...changes };
  const store = await (stored === undefined
    ? ResultStore.create(folder, document)
    : ResultStore.reopen(folder, document));
  await using _ = store;
  const counts = await executeRun({
    env: {},
    store,
    engine,
    arms: [{ arm, agent: loopAgent, model }],
    tasks,
    plan: planTrials({ tasks, arms: [arm], attempts: 1, finished }),
    finished: finished.size,
    ...(stored === undefined ? {} : { spentBefore: spentSoFar(stored) }),
    cassettes: neither,
    progress: { emit: (event) => void events.push(event), close: () => undefined },
    stop: new AbortController().signal,
  });
  const { run, records } = await readRun(folder);
  return { folder, run, records: records.values, counts, events, engine };
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-budget-'));
  folders.push(folder);
  return folder;
}

const limits: Run['limits'] = { commandTimeoutSec: 10, maxTurns: 30, timeoutMultiplier: 1, maxTries: 2 };
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
  expect(started(cut)).toBeLessThan(allTasks.length);
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
  expect(judged.toSorted()).toEqual(allTasks.map(({ id }) => id).toSorted());
  expect(rest.run.spending?.tokens).toBeGreaterThanOrEqual(whole);
});

test('dollars end a run as tokens do', async () => {
  const { run, counts } = await ran({ limits, budget: { usd: 0.02 } });
  expect([counts.endedBy, exitCodeOf(counts)]).toEqual(['budget', 5]);
  expect(run.spending?.usd).toBeLessThanOrEqual(0.02);
});

test('a trial in back-off lends its slot, and none of the wait is its agent’s', async () => {
  const tasks = allTasks.slice(0, 2);
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
