/** One run, one figure, one value and one name: the table of a run beside its report. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrialRecord } from '../domain/record.ts';
import { deepArm, fastArm, type GeneratedRun, writeGeneratedRun } from '../testing/generated-run.ts';
import { buildDocument } from './build-document.ts';
import { armTable, latencyTable, type TextTable } from './comparison-table.ts';
import { runTable } from './load-report.ts';
import { loadRun } from './load-run.ts';
import { reportArms } from './report-arms.ts';
import { terminalTable } from './terminal-table.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-agree-'));
});
afterAll(() => rm(folder, { recursive: true }));

const deepOverSse = { ...deepArm, arm: { ...deepArm.arm, transport: 'responses-sse' as const } };

async function outputsOf(runId: string, options: Partial<GeneratedRun>) {
  const place = join(folder, runId);
  await writeGeneratedRun(place, { runId, arms: [fastArm, deepOverSse], tasks: 14, ...options });
  const loaded = await loadRun(place);
  const document = buildDocument({
    runs: [loaded],
    arms: reportArms([loaded]),
    kind: 'run',
    seed: 1,
    evalrunVersion: '0',
    generatedAt: new Date(0),
  });
  const table = runTable(loaded);
  return { document, table, terminal: cellsByLabel(terminalTable(table)) };
}

/** The cells of each row by its label. */
function cellsByLabel(text: string): Map<string, string[]> {
  const rows = text.split('\n').map((line) => line.trim().split(/ {2,}/));
  return new Map(rows.map(([label = '', ...cells]) => [label, cells]));
}

function rowOf({ rows }: TextTable, label: string): string[] {
  return rows.find(([first]) => first === label)?.map((cell) => cell.replaceAll('\u00a0', ' ')) ?? [];
}

/** An error takes a trial out, so that tasks have unlike numbers of judged attempts; back-off is no working time. */
function withTrouble(record: TrialRecord): TrialRecord {
  const { agentWorkingUs = 0 } = record;
  const waited = { ...record, agentWallUs: agentWorkingUs + 5_000_000 };
  if (record.taskId !== 'task-0003' || record.attempt > 1) return waited;
  const outcome = {
    status: 'errored',
    phase: 'agent',
    code: 'agent',
    message: 'gone',
    retryable: false,
  } as const;
  return { ...waited, outcome };
}

describe.each([
  ['once', 1, (record: TrialRecord) => record],
  ['once, one without a verdict', 1, withTrouble],
  ['three times', 3, (record: TrialRecord) => record],
  ['three times, one without a verdict', 3, withTrouble],
] as const)('each task tried %s', (name, attempts, change) => {
  const made = (): ReturnType<typeof outputsOf> =>
    outputsOf(name.replaceAll(/\W+/g, '-'), { attempts, change });

  test('every figure of the table is the report’s own', async () => {
    const { document, table } = await made();
    for (const [at, { curves, ...figures }] of document.arms.entries())
      expect(table.arms[at]).toMatchObject(figures);
    expect(table.arms).toHaveLength(2);
  });

  test('rows of one name have one text', async () => {
    const { document, terminal } = await made();
    const report = armTable(document);
    const interval = (cell: string): string => cell.replace(/^.*\((.*)\)$/, '$1');
    const [, ...accuracies] = rowOf(report, 'accuracy (95 %)');
    expect(terminal.get('accuracy')).toEqual(accuracies.map((cell) => cell.replace(/ \(.*$/, '')));
    const method = attempts === 1 ? 'Wilson' : "Student's t by task";
    expect(terminal.get('95 % interval')).toEqual(accuracies.map((cell) => `${interval(cell)} (${method})`));
    for (const label of [
      'resolved / judged',
      'errored, cancelled, missing',
      'if the unjudged failed … solved',
      'output tokens',
    ]) {
      expect(terminal.get(label), label).toEqual(rowOf(report, label).slice(1));
    }
    const figure = (cell: string): string => cell.replace(/ \(.*$/, '');
    const times = rowOf(report, 'working time, median').slice(1);
    expect(terminal.get('working time, median')?.map(figure)).toEqual(times.map(figure));
    expect(times).toHaveLength(2);
  });

  test('time to first token: by transport, without each trial’s first request', async () => {
    const { document, terminal } = await made();
    const rows = latencyTable(document)?.rows ?? [];
    expect(rows).toHaveLength(2);
    for (const [at, row] of rows.entries()) {
      const [, way = '', , , , p50 = ''] = row.map((cell) => cell.replaceAll('\u00a0', ' '));
      const cell = terminal.get(`TTFT p50, ${way}`)?.[at] ?? '';
      expect(cell.replace(/ \(n = .*$/, ''), way).toBe(p50.replace(/ \(.*$/, ''));
      expect(cell).toContain(`(n = ${14 * attempts * 3})`);
      expect(terminal.get(`TTFT p50, ${way}`)?.[1 - at]).toBe('–');
    }
  });

  test('its distribution is of the requests that its percentiles are made from', async () => {
    const { document } = await made();
    for (const { curves, latency } of document.arms) {
      const points = curves.ttftEcdf[0]?.points ?? [];
      const [row] = latency;
      const p50 = row?.ttftMs.p50.status === 'estimated' ? row.ttftMs.p50.value : Number.NaN;
      expect(points).toHaveLength(row?.ttftMs.p50.n ?? 0);
      expect(points.filter(({ x }) => x <= p50)).toHaveLength(points.length / 2);
    }
  });

  test('pass@1 is the accuracy, with its interval, where tasks have as many attempts', async () => {
    const { document } = await made();
    const even = document.arms.filter(({ judged, planned }) => attempts === 1 || judged === planned);
    expect(even).toHaveLength(change === withTrouble && attempts > 1 ? 0 : 2);
    for (const { accuracy, passAtK } of even) {
      const passed = passAtK[0]?.passAtK;
      if (accuracy.status !== 'estimated' || passed?.status !== 'estimated') throw new Error('no figure');
      expect(passed.value).toBeCloseTo(accuracy.value, 12);
      expect(passed.interval?.low).toBeCloseTo(accuracy.interval?.low ?? Number.NaN, 12);
      expect(passed.interval?.high).toBeCloseTo(accuracy.interval?.high ?? Number.NaN, 12);
    }
  });
});

test('times replayed at another pace are told nowhere', async () => {
  const replay = { folder: 't', recordedRun: 'r', recordedAt: '2026-02-12', timeScale: 0.1, strict: false };
  const { document, terminal } = await outputsOf('replayed', { run: { replay } });
  const reason = 'not measured (replayed at ×0.1)';
  expect(terminal.get('working time, median')).toEqual([reason, reason]);
  expect(document.arms.map(({ timeToAnswer }) => timeToAnswer.p50)).toEqual([
    { status: 'refused', reason, n: 0 },
    { status: 'refused', reason, n: 0 },
  ]);
});
