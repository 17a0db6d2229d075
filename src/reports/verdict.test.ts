import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../domain/outcome.ts';
import type { TrialRecord } from '../domain/record.ts';
import { deepArm, fastArm, type GeneratedRun, writeGeneratedRun } from '../testing/generated-run.ts';
import { buildDocument } from './build-document.ts';
import { loadRun } from './load-run.ts';
import { reportArms } from './report-arms.ts';
import { type ReportDocument, reportDocumentSchema } from './report-document.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-verdict-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;

/** The comparison of one generated run's arms. */
async function compared(options: Partial<GeneratedRun>): Promise<ReportDocument> {
  const runId = `run-${count++}`;
  const place = join(folder, runId);
  await writeGeneratedRun(place, { runId, arms: [fastArm, deepArm], tasks: 12, ...options });
  const loaded = await loadRun(place);
  return buildDocument({
    runs: [loaded],
    arms: reportArms([loaded]),
    kind: 'comparison',
    seed: 5,
    evalrunVersion: '0',
    generatedAt: new Date(0),
  });
}

/** Which tasks an arm solves, by number, and how long each takes. */
function scripted(
  solved: Readonly<Record<string, readonly number[]>>,
  seconds: Readonly<Record<string, number>>,
) {
  return (record: TrialRecord): TrialRecord => {
    const model = record.arm.model ?? '';
    const number = Number(record.taskId.slice(-4));
    const resolved = solved[model]?.includes(number) ?? false;
    const timeUs = ((seconds[model] ?? 1) + number) * 1e6;
    const outcome: Outcome = { status: 'judged', resolved, rewards: {}, ending: 'finished' };
    return { ...record, outcome, agentWorkingUs: timeUs, agentWallUs: timeUs };
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

test('a difference whose interval holds 0 is not separated, and says so with both arms’ counts', async () => {
  const change = scripted({ spark: range(0, 8), deep: [...range(1, 8), 8, 9, 10] }, { spark: 10, deep: 60 });
  const { verdict, pairs } = await compared({ change });
  expect(verdict[0]).toBe(
    'spark solves 8 of 12 (67 %), deep solves 10 of 12 (83 %); the difference, deep − spark, +17 points [-19, +49], is not separated.',
  );
  expect(pairs[0]).toMatchObject({ both: 7, onlyA: 1, onlyB: 3, neither: 1, separated: false });
});

test('the speed at the same share solved, the tasks both solved, and the crossing are said in words', async () => {
  const change = scripted({ spark: range(0, 6), deep: range(0, 10) }, { spark: 10, deep: 60 });
  const { verdict, pairs } = await compared({ change });
  const text = verdict.join('\n');
  expect(text).toMatch(/spark is 4\.3 times faster than deep to the same share solved, up to 50 %/);
  expect(text).toMatch(/On the 6 tasks that both solved, mostly easy ones, spark is [\d.]+ times faster/);
  expect(text).toMatch(/Given more than 6[0-9] s for each task, deep has solved more\./);
  expect(pairs[0]).toMatchObject({ passedBy: 'deep' });
  const ratio = pairs[0]?.timeRatio;
  expect(ratio?.status === 'estimated' && ratio.value).toBeLessThan(1);
});

test('an interval beside 0 is no verdict where the test does not agree', async () => {
  const change = scripted({ spark: range(0, 6), deep: range(0, 10) }, { spark: 10, deep: 60 });
  const { pairs } = await compared({ change });
  const [pair] = pairs;
  expect(pair?.difference.status === 'estimated' && (pair.difference.interval?.low ?? 0)).toBeGreaterThan(0);
  expect(pair?.mcnemarMidP).toMatchObject({ value: 0.0625 });
  expect(pair?.separated).toBe(false);
  expect(pair?.sentences[0]).toMatch(
    /is not separated from none.*chance brings as much in 6\.[23] % of all cases/,
  );
});

test('what came to no verdict is left out of the score, bounds it, and is counted with its reason', async () => {
  const errored: Outcome = {
    status: 'errored',
    phase: 'verify',
    code: 'verifier',
    message: 'm',
    retryable: false,
  };
  const { verdict, leftOut, arms, pairs } = await compared({
    change: (record) =>
      record.trialId === 'task-0000.loop-deep.1' ? { ...record, outcome: errored } : record,
  });
  expect(arms[1]).toMatchObject({ judged: 11, errored: 1, planned: 12 });
  expect(arms[1]?.bracket.high).toBeGreaterThan(arms[1]?.bracket.low ?? 1);
  expect(pairs[0]).toMatchObject({ tasks: 11, tasksLeftOut: 1 });
  expect(verdict.join('\n')).toContain('1 trial of deep came to no verdict; its score would be');
  expect(leftOut).toContainEqual({
    reason: 'deep: errored in verify (verifier)',
    count: 1,
    examples: ['task-0000.loop-deep.1'],
  });
  expect(leftOut).toContainEqual({
    reason: 'pair spark, deep: no verdict in one of them',
    count: 1,
    examples: ['task-0000'],
  });
});

test('more than two arms are ranked, with corrected p values and groups that are not told apart', async () => {
  const third = { ...deepArm, arm: { ...deepArm.arm, model: 'deeper' }, solves: 0.76 };
  const first = { ...fastArm, solves: 0.3 };
  const { verdict, pairs, tieGroups } = await compared({ arms: [first, deepArm, third], tasks: 60 });
  expect(pairs).toHaveLength(3);
  const exact = pairs.map(({ mcnemarMidP, correctedP }) => [mcnemarMidP, correctedP]);
  for (const [p, corrected] of exact) {
    expect(typeof p === 'object' && p.status === 'estimated' && p.value).toBeLessThanOrEqual(
      corrected as number,
    );
  }
  expect(tieGroups.some((group) => group.includes('deep') && group.includes('deeper'))).toBe(true);
  expect(tieGroups.some((group) => group.includes('spark') && group.length > 1)).toBe(false);
  expect(verdict[1]).toMatch(/is ahead, and not separated from deep(er)?\./);
  expect(verdict[2]).toBe('2 of 3 pairs are separated, by p values corrected for their number (Holm).');
});

test('repeated attempts: the task is the unit, and the permutation of the tasks’ differences tests', async () => {
  const { pairs, arms } = await compared({ tasks: 50, attempts: 3 });
  expect(pairs[0]?.mcnemarExact.status).toBe('refused');
  expect(pairs[0]?.signFlipP.status).toBe('estimated');
  expect(pairs[0]?.intervalMethod).toMatch(/^bootstrap over tasks, 10000 resamples, seed 5$/);
  expect(arms[0]?.passAtK.map(({ k }) => k)).toEqual([1, 2, 3]);
});

test('a replay at another pace measures no time: every one is refused with that reason', async () => {
  const replay = { folder: 'f', recordedRun: 'r', recordedAt: '2026-01-01', timeScale: 0, strict: false };
  const { arms, pairs, labels, verdict } = await compared({ run: { replay } });
  const reason = 'not measured (replayed at ×0)';
  expect(labels).toEqual(['REPLAYED AT ×0']);
  expect(arms[0]?.timeToAnswer.p50).toMatchObject({ reason });
  expect(arms[0]?.latency[0]).toMatchObject({ notMeasured: reason, ttftMs: { p50: { reason } } });
  expect(arms[0]?.curves.solvedByT.points).toEqual([]);
  expect(pairs[0]).toMatchObject({ timeRatio: { reason }, crossoverSeconds: { reason } });
  expect(verdict.join('\n')).not.toMatch(/faster|first token/);
});

test('latency is given by transport, percentiles only above their floors, failures apart', async () => {
  const { arms } = await compared({ tasks: 12, requestsPerTrial: 8 });
  const [row] = arms[0]?.latency ?? [];
  expect(row).toMatchObject({ transport: 'responses-websocket', via: 'client', requests: 96, failed: 0 });
  expect(row?.ttftFirstMs).toMatchObject({ status: 'estimated', n: 12 });
  expect(row?.ttftMs.p90).toMatchObject({ status: 'estimated', n: 84 });
  expect(row?.ttftMs.p95).toMatchObject({ status: 'refused', n: 84 });
});

test('the document is what its schema says, and the same seed gives the same document', async () => {
  const loaded = await loadRun(join(folder, 'run-0'));
  const build = (): ReportDocument =>
    buildDocument({
      runs: [loaded],
      arms: reportArms([loaded]),
      kind: 'run',
      seed: 9,
      evalrunVersion: '0',
      generatedAt: new Date(0),
    });
  const document = build();
  expect(reportDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  expect(build()).toEqual(document);
});

test('the share solved by t ends at the accuracy and never falls', async () => {
  const { arms } = await compared({ tasks: 45 });
  for (const { curves, accuracy } of arms) {
    const { points, band } = curves.solvedByT;
    expect(points.at(-1)?.y).toBeCloseTo(accuracy.status === 'estimated' ? accuracy.value : -1, 12);
    expect(points.every(({ y }, index) => y >= (points[index - 1]?.y ?? 0))).toBe(true);
    expect(band).toMatch(/^95 %, simultaneous: bootstrap .* by task, 10000 resamples, seed 5$/);
  }
});

test('tasks that are all alike give no interval of no width', async () => {
  const all = range(0, 4);
  const change = scripted({ spark: all, deep: all }, { spark: 10, deep: 60 });
  const { arms, pairs } = await compared({ tasks: 4, attempts: 2, change });
  const { accuracy } = arms[0] ?? {};
  expect(accuracy).toMatchObject({ value: 1, n: 8 });
  expect(accuracy?.status === 'estimated' && accuracy.interval?.low).toBeCloseTo(0.51, 2);
  expect(pairs[0]).toMatchObject({
    difference: { status: 'estimated', value: 0, n: 4 },
    intervalMethod: 'none: the difference is the same in every task',
    separated: false,
  });
  expect(pairs[0]?.sentences[0]).toContain('has no interval (the difference is the same in every task)');
});

test('the duration as the vendor estimates it is given where the run holds the figures, and nowhere else', async () => {
  const figure = (value: number) => ({ value, source: 'assumed' });
  const simulation = {
    ttftMedianMs: figure(150),
    tokensPerSecond: figure(1000),
    roundTripOverheadMs: figure(50),
  };
  const models = [
    { alias: 'spark', provider: 'p', model: 'm', simulated: false, simulation },
    { alias: 'deep', provider: 'p', model: 'm', simulated: false },
  ];
  const usage = { input: 1, cachedInput: 0, output: 3000, reasoning: 0, estimated: false };
  const { arms } = await compared({
    run: { models },
    change: (record) => ({ ...record, usage, turns: 10, ledger: { tool: 7_000_000 } }),
  });
  // 3000 / 1000 + 10 x (0.15 + 0.05) + 7 seconds.
  expect(arms[0]?.curves.accuracyByDuration.estimatedMinutes).toBeCloseTo(12 / 60, 10);
  expect(arms[1]?.curves.accuracyByDuration.estimatedMinutes).toBeUndefined();
});
