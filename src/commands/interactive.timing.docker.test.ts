import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InterventionMarks, InterventionRecord } from '../domain/intervention.ts';
import { readRun } from '../results/result-store.ts';
import { CliProcess } from '../testing/cli-process.ts';

let folder = '';
const seen: InterventionRecord[] = [];

/** The whole suite with both models; several seeds, so that orders are followed and not followed. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-interactive-'));
  for (const seed of ['0', '5', '9', '14']) {
    const args = [
      '--suite',
      'interactive',
      '--seed',
      seed,
      '--jobs',
      '4',
      '--run-id',
      `seed-${seed}`,
      '--quiet',
    ];
    const { code } = await new CliProcess(args, folder).ended;
    expect(code).toBe(0);
    const { records } = await readRun(join(folder, `results/seed-${seed}`));
    for (const { intervention } of records.values) if (intervention !== undefined) seen.push(intervention);
  }
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const percentile95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;

/** How far a mark is from the server's stamp of the same moment. */
function errorsUs(mark: keyof InterventionMarks): number[] {
  return seen.flatMap(({ marks, serverStamps }) => {
    const [client, server] = [marks[mark], serverStamps?.[mark]];
    return client === undefined || server === undefined ? [] : [Math.abs(client - server)];
  });
}

test('every intervention is recorded: delivered, with an order and a first new token', () => {
  expect(seen).toHaveLength(4 * 12);
  for (const { delivered, orderedUs, marks } of seen) {
    expect(delivered).not.toBe('never');
    expect(orderedUs).toBeDefined();
    expect(marks.lastOldToken).toBeDefined();
    expect(marks.firstNewToken).toBeGreaterThan(orderedUs ?? Number.NaN);
  }
});

test('each one either follows its order or goes on with the old one, and some do each', () => {
  const followed = seen.filter(({ marks }) => marks.firstFollowingAction !== undefined);
  const stale = seen.filter(({ staleActions }) => staleActions > 0);
  expect(followed.length + stale.length).toBeGreaterThanOrEqual(seen.length);
  expect(followed.length).toBeGreaterThan(seen.length / 2);
  expect(stale.length).toBeGreaterThan(0);
  expect(stale.every(({ marks }) => marks.lastStaleAction !== undefined)).toBe(true);
});

test.each(['lastOldToken', 'firstNewToken', 'firstFollowingAction', 'lastStaleAction'] as const)(
  '%s is where the simulator says, to 5 ms for 95 of 100',
  (mark) => {
    const errors = errorsUs(mark);
    expect(errors.length).toBeGreaterThan(mark === 'lastStaleAction' ? 2 : 24);
    expect(percentile95(errors)).toBeLessThan(5000);
  },
);
