import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrialRecord } from '../domain/record.ts';
import { ttftUs } from '../domain/request-record.ts';
import { readRequests } from '../results/read-requests.ts';
import { readRun, type StoredRun } from '../results/result-store.ts';
import { CliProcess } from '../testing/cli-process.ts';
import { type TinyDataset, writeTinyDataset } from '../testing/tiny-dataset.ts';

let tiny: TinyDataset;
let stored: StoredRun;

beforeAll(async () => {
  tiny = await writeTinyDataset();
  stored = await run('two-at-a-time', '2');
});
afterAll(() => rm(tiny.folder, { recursive: true, force: true }));

const results = (runId: string): string => join(tiny.folder, 'results', runId);

async function run(runId: string, jobs: string): Promise<StoredRun> {
  const arms = ['--agent', 'loop', '--model', 'spark,deep', '--provider', 'simulated', '--attempts', '2'];
  const args = ['--suite', tiny.suite, ...arms, '--seed', '11', '--jobs', jobs, '--run-id', runId, '--quiet'];
  const { code } = await new CliProcess(args, tiny.folder).ended;
  expect(code).toBe(0);
  return readRun(results(runId));
}

const sum = (times: readonly number[]): number => times.reduce((a, b) => a + b, 0);

function outcomes(records: readonly TrialRecord[]): [string, boolean | string][] {
  const final = records.filter((record) => record.final);
  return final
    .map(({ trialId, outcome }): [string, boolean | string] => [
      trialId,
      outcome.status === 'judged' ? outcome.resolved : outcome.status,
    ])
    .sort(([a], [b]) => a.localeCompare(b));
}

test('every trial has one final record that can be read, and is judged', () => {
  const { values, unreadable } = stored.records;
  const planned = tiny.taskIds.flatMap((task) =>
    ['loop-deep.1', 'loop-deep.2', 'loop-spark.1', 'loop-spark.2'].map((rest) => `${task}.${rest}`),
  );
  expect(unreadable).toEqual([]);
  expect(outcomes(values).map(([id]) => id)).toEqual(planned.sort((a, b) => a.localeCompare(b)));
  expect(values.every(({ outcome, simulated }) => outcome.status === 'judged' && simulated)).toBe(true);
});

test('the ledger of each trial sums to its wall-clock time, and hardly any of it is unattributed', () => {
  const { values } = stored.records;
  for (const { ledger, wallUs } of values) expect(sum(Object.values(ledger))).toBe(wallUs);
  const unattributedUs = sum(values.map(({ ledger }) => ledger['unattributed'] ?? 0));
  expect(unattributedUs / sum(values.map(({ wallUs }) => wallUs ?? 0))).toBeLessThan(0.01);
});

test('time to first token is what the server says of its own sending', async () => {
  const errorsUs: number[] = [];
  for (const { folder } of stored.records.values) {
    const { values } = await readRequests(stored.folder, folder);
    for (const request of values) {
      const { received, firstToken } = request.serverStamps ?? {};
      const seenUs = ttftUs(request);
      if (seenUs === undefined || received === undefined || firstToken === undefined) continue;
      errorsUs.push(seenUs - (firstToken - received));
    }
  }
  const sorted = errorsUs.sort((a, b) => a - b);
  expect(sorted.length).toBeGreaterThan(30);
  expect(sorted[0]).toBeGreaterThanOrEqual(0);
  // The median: the tail belongs to whatever else this machine does meanwhile.
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(2_000);
});

test('the same seed gives the same outcomes, however many trials run at a time', async () => {
  const other = await run('eight-at-a-time', '8');
  expect(outcomes(other.records.values)).toEqual(outcomes(stored.records.values));
  const verdicts = new Set(outcomes(stored.records.values).map(([, resolved]) => resolved));
  expect(verdicts).toEqual(new Set([true, false]));
});
