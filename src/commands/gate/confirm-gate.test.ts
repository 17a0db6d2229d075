import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Arm } from '../../domain/arm.ts';
import { storedTasks, writeStoredRun } from '../../testing/stored-run.ts';
import type { CommandContext } from '../command.ts';
import type { RunArguments } from '../run/run-arguments.ts';
import type { StartRun } from './confirm-gate.ts';
import { type GateArguments, runGate } from './run-gate.ts';

const spark: Arm = { agent: 'loop', model: 'spark', effort: 'low', transport: 'responses-sse' };
const deep: Arm = { agent: 'loop', model: 'deep', transport: 'responses-websocket' };

let folder: string;
let results: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-confirm-'));
  results = join(folder, 'results');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fixed: GateArguments = {
  baseline: 'before',
  candidate: 'after',
  margin: 0.05,
  alpha: 0.05,
  metric: 'ttft',
  'latency-margin': 1.15,
  'latency-floor-ms': 50,
  nights: 30,
  seed: 3,
  confirm: true,
  'step-summary': false,
  strict: false,
  results: 'results',
  reports: 'reports',
  json: false,
  quiet: true,
};

/** A gate of 100 tasks of which the candidate lost twenty; `worse` of the tasks run again are lost again. */
async function confirmed(
  arms: { readonly before: Arm; readonly after: Arm },
  again: { readonly worse: number; readonly code?: number },
  overrides: Partial<GateArguments> = {},
) {
  const suite = { name: 'made', title: '', path: '/nowhere.yaml', hash: 'h' };
  await writeStoredRun(results, 'before', [{ arm: arms.before, tasks: storedTasks(100, () => [true]) }], {
    suite,
  });
  const lost = storedTasks(100, (index) => [index >= 20]);
  await writeStoredRun(results, 'after', [{ arm: arms.after, tasks: lost }], { suite, seed: 5 });
  const asked: RunArguments[] = [];
  const start: StartRun = async (args) => {
    asked.push(args);
    const isCandidate = args.model?.[0] === arms.after.model && asked.length === 1;
    const arm = isCandidate ? arms.after : arms.before;
    const tasks = (args.tasks ?? []).map((id, index) => ({
      id,
      resolved: [!isCandidate || index >= again.worse],
    }));
    const path = await writeStoredRun(resolve(results), `again-${asked.length}`, [{ arm, tasks }], {
      suite,
      seed: args.seed ?? 0,
    });
    return { folder: path, code: again.code ?? 0 };
  };
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const signal = new AbortController().signal;
  const context: CommandContext = { stdout, stderr, env: {}, cwd: folder, packageFolder: folder, signal };
  stderr.resume();
  const said = text(stdout);
  const code = await runGate({ ...fixed, ...overrides }, context, { now: new Date(), start });
  stdout.end();
  return { code, asked, said: await said };
}

const oneArm = { before: spark, after: spark };
const twoArms = { before: deep, after: spark };

describe('a second look before red', () => {
  test('two arms are both run again, each as it was, with fresh seeds; confirmed is 3', async () => {
    const { code, asked, said } = await confirmed(twoArms, { worse: 15 });
    expect(code).toBe(3);
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({
      model: ['spark'],
      agent: ['loop'],
      effort: 'low',
      transport: 'sse',
      seed: 6,
      provider: 'openai',
    });
    expect(asked[1]).toMatchObject({
      model: ['deep'],
      transport: 'websocket',
      seed: 3,
      dataset: 'harbor:/made',
    });
    expect(asked[0]?.tasks).toHaveLength(40);
    expect(asked[1]?.tasks).toEqual(asked[0]?.tasks);
    expect(said).toContain(
      'confirmed: both sides run again, on 20 tasks that differed and 20 that did not (runs again-1, again-2)',
    );
  });

  test('what is not seen again is not red', async () => {
    const { code, said } = await confirmed(twoArms, { worse: 2 });
    expect(code).toBe(0);
    expect(said).toContain('NOT confirmed');
    expect((await confirmed(twoArms, { worse: 2 }, { strict: true })).code).toBe(4);
  });

  test('one arm at two times: the candidate alone, against the kept verdicts', async () => {
    const { code, asked, said } = await confirmed(oneArm, { worse: 15 });
    expect(code).toBe(3);
    expect(asked).toHaveLength(1);
    expect(said).toContain('against the kept verdicts of the baseline');
  });

  test.each([
    [130, 'interrupted'],
    [5, 'ended by the budget'],
  ])('a confirmation that ended with %i ends the gate so, and nothing is red', async (ended, words) => {
    const { code, said } = await confirmed(oneArm, { worse: 15, code: ended });
    expect(code).toBe(ended);
    expect(said).toContain('gate: INCONCLUSIVE');
    expect(said).toContain(words);
  });

  test('1 of the runs is told where the gate has nothing worse to tell', async () => {
    expect((await confirmed(oneArm, { worse: 15, code: 1 })).code).toBe(3);
    expect((await confirmed(oneArm, { worse: 0, code: 1 }, { strict: true })).code).toBe(1);
  });

  test('without --confirm nothing is run', async () => {
    const { code, asked } = await confirmed(oneArm, { worse: 0 }, { confirm: false });
    expect([code, asked.length]).toEqual([3, 0]);
  });
});
