import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { armKey } from '../domain/arm.ts';
import { fastArm, writeGeneratedRun } from '../testing/generated-run.ts';
import { trialRecord } from '../testing/records.ts';
import { loadRun } from './load-run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-load-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(runId: string): Promise<string> {
  const place = join(folder, runId);
  await writeGeneratedRun(place, { runId, arms: [fastArm], tasks: 30, requestsPerTrial: 4 });
  return place;
}

test('only tries that count enter figures; failed requests of all tries are counted apart', async () => {
  const place = await run('tries');
  const folderOf = 'trials/task-0000.loop-spark.1/try-1';
  // An earlier try of a trial that stands before it in the file, with the same requests and a failed one.
  const earlier = trialRecord({
    trialId: 'early',
    taskId: 'task-0000',
    arm: fastArm.arm,
    folder: folderOf,
    final: false,
  });
  const later = { ...earlier, final: true, try: 2, folder: 'trials/none/try-2' };
  await appendFile(join(place, 'trials.jsonl'), `${JSON.stringify(earlier)}\n${JSON.stringify(later)}\n`);
  const failed = {
    schemaVersion: 1,
    trialId: 'early',
    turn: 9,
    attempt: 1,
    kind: 'turn',
    provider: 'p',
    model: 'm',
    transport: 'responses-websocket',
    connectionReused: true,
    chained: false,
    simulated: false,
    status: 'failed',
    backoffUs: 0,
    marks: { t0: 1 },
    chunks: 0,
    requestBytes: 1,
  };
  await appendFile(join(place, folderOf, 'requests.jsonl'), `${JSON.stringify(failed)}\n`);
  const loaded = await loadRun(place);
  expect(loaded.finals).toHaveLength(31);
  expect(loaded.earlierTries).toBe(1);
  const [samples] = loaded.requests.get(armKey(fastArm.arm)) ?? [];
  expect(samples).toMatchObject({ requests: 120, failed: 2 });
  expect(samples?.ttftMs).toHaveLength(120);
  expect(samples?.isFirst.filter(Boolean)).toHaveLength(30);
});

test('lines that cannot be read are named', async () => {
  const place = await run('torn');
  await appendFile(join(place, 'trials.jsonl'), '{"half');
  const { unreadable, finals } = await loadRun(place);
  expect(finals).toHaveLength(30);
  expect(unreadable).toEqual(['trials.jsonl line 31: not valid JSON (cut off while it was written?)']);
});

test('whoever listens gets every record once, in order, and is waited for', async () => {
  const place = await run('heard');
  const heard: string[] = [];
  let waiting = 0;
  await loadRun(place, {
    listen: () => ({
      onTry: async ({ taskId }) => {
        expect(waiting++).toBe(0);
        await Promise.resolve();
        waiting -= 1;
        heard.push(taskId);
        return undefined;
      },
      onRequest: (record, tryOf) => {
        if (record.turn === 1) heard.push(`${tryOf.taskId} asked`);
        return undefined;
      },
    }),
  });
  expect(heard).toHaveLength(60);
  expect(heard[0]).toBe('task-0000');
  expect(heard[59]).toBe('task-0029 asked');
});

test('stops where it is told to', async () => {
  const place = await run('stopped');
  await expect(loadRun(place, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
});
