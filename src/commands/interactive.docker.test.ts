import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sinceOrder } from '../domain/intervention.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import { readRequests } from '../results/read-requests.ts';
import { readRun } from '../results/result-store.ts';
import { type RanMain, runMain } from '../testing/run-main.ts';

let folder = '';
let ran: RanMain;
let records: readonly TrialRecord[] = [];

/** Both models, and one that takes what the user says into its answer. */
const ownModel = `models:
  steered:
    provider: openai
    model: steered
    transport: websocket
    style: light
    contextTokens: 100000
    canSteer: true
    simulation:
      tokensPerSecond: { value: 300, source: assumed }
      ttftMedianMs: { value: 50, source: assumed }
      ttftSigma: { value: 0.1, source: assumed }
      roundTripOverheadMs: { value: 5, source: assumed }
      successRate: { default: { value: 1, source: assumed } }
`;

const run = (...args: string[]): Promise<RanMain> => runMain(args, { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-interactive-'));
  await writeFile(join(folder, 'evalrun.yaml'), ownModel);
  const tasks = ['--tasks', 'upload-limits*,job-durations*', '--model', 'spark,deep,steered'];
  ran = await run('--suite', 'interactive', ...tasks, '--seed', '3', '--run-id', 'steps', '--quiet');
  records = (await readRun(join(folder, 'results/steps'))).records.values;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const of = (model: string): readonly TrialRecord[] => records.filter(({ arm }) => arm.model === model);

async function requestsOf(record: TrialRecord): Promise<readonly RequestRecord[]> {
  return (await readRequests(join(folder, 'results/steps'), record.folder)).values;
}

test('every trial of each model is judged against the changed task, and hears its order in time', () => {
  expect(ran).toMatchObject({ code: 0 });
  expect(records.map(({ taskId }) => taskId).sort()).toEqual(
    ['job-durations.redirect', 'upload-limits.interrupt'].flatMap((id) => [id, id, id]),
  );
  for (const { outcome, intervention } of records) {
    expect(outcome.status).toBe('judged');
    expect(intervention).toMatchObject({ delivered: 'in-time', orderedUs: expect.any(Number) });
  }
  expect(of('steered').every(({ outcome }) => outcome.status === 'judged' && outcome.resolved)).toBe(true);
});

test('the new token comes after the order, and the action that follows after the token', () => {
  for (const { intervention, outcome } of records) {
    if (intervention === undefined) throw new Error('nothing is recorded');
    const token = sinceOrder(intervention, 'firstNewToken');
    const action = sinceOrder(intervention, 'firstFollowingAction');
    expect(token).toBeGreaterThan(0);
    if (outcome.status === 'judged' && outcome.resolved) expect(action).toBeGreaterThan(token ?? Number.NaN);
  }
});

test('a stream that was stopped costs a new connection and the full input; a steered one neither', async () => {
  for (const record of records.filter(({ taskId }) => taskId === 'job-durations.redirect')) {
    const requests = await requestsOf(record);
    const isSteered = record.arm.model === 'steered';
    expect(record.intervention?.via).toBe(isSteered ? 'steer' : 'new-connection');
    const at = requests.findIndex(({ status, steer }) => status === 'aborted' || steer === 'ended-by');
    const next = requests[at + 1];
    expect(next).toMatchObject(
      isSteered
        ? { steer: 'successor', chained: true, connectionReused: true }
        : { reconnect: 'aborted', chained: false, connectionReused: false },
    );
    expect(requests.at(-1)).toMatchObject({ status: 'completed', chained: true });
  }
});

test('the table and the CSV tell what was recorded', async () => {
  expect(ran.stdout).toContain('order until first new token, median');
  const rows: Record<string, string>[] = parse(await readFile(join(folder, 'reports/steps/trials.csv')), {
    columns: true,
  });
  expect(rows).toHaveLength(6);
  for (const row of rows) {
    expect(row).toMatchObject({
      intervention_delivered: 'in-time',
      stale_actions: expect.stringMatching(/^\d+$/),
    });
    expect(Number(row['first_new_token_ms'])).toBeGreaterThan(0);
  }
});

test('a run with interventions is resumed with them', async () => {
  const { code, stderr } = await run('resume', 'steps', '--quiet');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('changed') });
});

test('validate: the changed solution passes the changed tests, nothing and the original one do not', async () => {
  const tasks = ['--tasks', 'upload-limits*,job-durations*', '--json', '--quiet'];
  const { code, stdout } = await run('validate', '--suite', 'interactive', ...tasks);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    oracle: { resolved: 2, of: 2 },
    nop: { resolved: 0, of: 2 },
    wrong: { resolved: 0, of: 2 },
    problems: [],
  });
  expect(code).toBe(0);
});
