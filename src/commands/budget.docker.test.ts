import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRequests } from '../results/read-requests.ts';
import { readRun } from '../results/result-store.ts';
import { connectDocker } from '../sandbox/docker/docker-engine.ts';
import { CliProcess, type EndedCli } from '../testing/cli-process.ts';
import { type TinyDataset, writeTinyDataset } from '../testing/tiny-dataset.ts';

let tiny: TinyDataset;
const runId = `budget-test-${process.pid}`;

beforeAll(async () => {
  tiny = await writeTinyDataset({ tasks: 3 });
});
afterAll(() => rm(tiny.folder, { recursive: true, force: true }));

const evalrun = (...args: readonly string[]): Promise<EndedCli> => new CliProcess(args, tiny.folder).ended;

test('a run over chat completions ends with its budget (exit 5), and a larger one goes on with it', async () => {
  const arm = ['--agent', 'loop', '--model', 'deep', '--provider', 'simulated', '--transport', 'chat'];
  const limits = ['--budget-tokens', '4500', '--jobs', '1', '--seed', '3', '--quiet'];
  const cut = await evalrun('--suite', tiny.suite, '--run-id', runId, ...arm, ...limits);
  expect(cut.code).toBe(5);
  expect(cut.lines.join('\n')).toMatch(/spent: \d+ tokens of 4500.*\nthe budget ended the run/);
  expect(cut.lines.join('\n')).toContain(`evalrun resume ${runId} with a larger`);

  const folder = join(tiny.folder, 'results', runId);
  const before = await readRun(folder);
  expect(before.run).toMatchObject({ state: 'interrupted', endedBy: 'budget', budget: { tokens: 4500 } });
  expect(before.records.values.at(-1)?.outcome).toMatchObject({ status: 'cancelled', reason: 'budget' });
  expect(before.records.values.length).toBeLessThanOrEqual(tiny.taskIds.length);
  const engine = await connectDocker({ imageMap: [] });
  expect((await engine.listLeftovers()).filter((leftover) => leftover.runId === runId)).toEqual([]);
  await engine.close();

  const small = await evalrun('resume', runId, '--budget-tokens', '1', '--quiet');
  expect([small.code, small.stderr]).toEqual([2, expect.stringContaining('has spent its budget')]);

  const whole = await evalrun('resume', runId, '--budget-tokens', '1000000', '--quiet');
  expect(whole.code).toBe(0);
  const after = await readRun(folder);
  expect(after.run).toMatchObject({ state: 'finished', budget: { tokens: 1_000_000 } });
  expect(after.run.endedBy).toBeUndefined();
  expect(after.run.resumed[0]?.changes).toEqual(['budget {"tokens":4500} -> {"tokens":1000000}']);
  expect(after.run.spending?.tokens).toBeGreaterThan(before.run.spending?.tokens ?? 0);
  const finals = after.records.values.filter(({ final }) => final);
  expect(finals.map(({ taskId }) => taskId).sort()).toEqual([...tiny.taskIds].sort());
  expect(finals.every(({ outcome }) => outcome.status === 'judged')).toBe(true);

  const requests = await readRequests(folder, finals[0]?.folder ?? '');
  expect(requests.values.length).toBeGreaterThan(1);
  for (const { transport, marks, usage, serverStamps } of requests.values) {
    expect([transport, usage?.estimated]).toEqual(['chat-sse', false]);
    expect(marks.completed).toBeGreaterThan(marks.t0);
    expect(serverStamps?.received).toBeGreaterThan(0);
  }
});
