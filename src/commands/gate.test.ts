import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Arm } from '../domain/arm.ts';
import type { GateResult } from '../reports/gate/gate-result.ts';
import { type RanMain, runMain } from '../testing/run-main.ts';
import { storedTasks, writeStoredRun } from '../testing/stored-run.ts';

const spark: Arm = { agent: 'loop', model: 'spark', transport: 'responses-websocket' };
const deep: Arm = { agent: 'loop', model: 'deep', transport: 'responses-websocket' };

let folder: string;
let results: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-gate-'));
  results = join(folder, 'results');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function gate(...args: string[]): Promise<RanMain> {
  return runMain(['gate', ...args], { cwd: folder });
}

async function gateResult(...args: string[]): Promise<{ code: number; result: GateResult; stderr: string }> {
  const { code, stdout, stderr } = await gate(...args, '--json');
  return { code, result: JSON.parse(stdout) as GateResult, stderr };
}

/** Two of three tasks are resolved; the first `dropped` of those are not. */
function tasks(n: number, dropped = 0, attempts = 1) {
  return storedTasks(n, (index) =>
    Array.from({ length: attempts }, () => index % 3 !== 0 && index >= dropped * 1.5),
  );
}

const pair = ['--baseline', 'before', '--candidate', 'after'];

async function writePair(n: number, dropped: number, attempts = 1): Promise<void> {
  await writeStoredRun(results, 'before', [{ arm: spark, tasks: tasks(n, 0, attempts) }]);
  await writeStoredRun(results, 'after', [{ arm: spark, tasks: tasks(n, dropped, attempts) }]);
}

describe('exit codes', () => {
  test('0 for a healthy candidate', async () => {
    await writePair(300, 2);
    const { code, result } = await gateResult(...pair, '--strict');
    expect(result.verdict).toBe('pass');
    expect(result.accuracy.counts).toMatchObject({ baselineOnly: 2, candidateOnly: 0 });
    expect(code).toBe(0);
  });

  test('3 for a regressed one', async () => {
    await writePair(300, 40);
    const { code, stdout } = await gate(...pair);
    expect(code).toBe(3);
    expect(stdout).toContain('gate: FAIL · smoke (made, 300 tasks)');
    expect(stdout).toContain('the baseline alone 40');
    expect(stdout).toContain('baseline 66.7 %, candidate 53.3 %: -13.3 points');
  });

  test('too little data is inconclusive, breaks nothing without --strict, and says how many trials would decide', async () => {
    await writePair(20, 2);
    const { code, result } = await gateResult(...pair);
    expect(code).toBe(0);
    expect(result.verdict).toBe('inconclusive');
    const needed = result.accuracy.pairsToDecide;
    expect(needed).toEqual({ status: 'estimated', value: expect.any(Number) });
    expect(needed?.status === 'estimated' && needed.value).toBeGreaterThan(60);
    const { stdout } = await gate(...pair);
    expect(stdout).toMatch(/to decide +\d+ pairs of trials in all would/);
    expect((await gate(...pair, '--strict')).code).toBe(4);
  });

  test('with no difference at all it says how many alike tasks would pass', async () => {
    await writePair(20, 0);
    const { result } = await gateResult(...pair);
    expect(result.accuracy.pairsToDecide).toEqual({ status: 'estimated', value: 127 });
    await writePair(127, 0);
    expect((await gateResult(...pair)).result.accuracy.verdict).toBe('pass');
    await writePair(126, 0);
    expect((await gateResult(...pair)).result.accuracy.verdict).toBe('inconclusive');
  });

  test('repeats are judged by their means', async () => {
    await writePair(120, 20, 3);
    const { code, result } = await gateResult(...pair);
    expect(code).toBe(3);
    expect(result.accuracy).toMatchObject({ design: 'repeated', verdict: 'fail', limitsBy: 't' });
    expect(result.strength.sizeBy).toBe('sign flips');
    expect(result.strength.size).toMatchObject({ status: 'estimated' });
  });

  test('2 for numbers that mean nothing', async () => {
    await writePair(20, 2);
    const { code, stderr } = await gate(...pair, '--margin', '5');
    expect(code).toBe(2);
    expect(stderr).toContain('--margin must be a share between 0 and 1');
    expect((await gate(...pair, '--alpha', '0')).code).toBe(2);
    expect((await gate(...pair, '--latency-margin', '0.15')).code).toBe(2);
  });
});

describe('what a verdict is said with', () => {
  test('a flip rate that nobody measured is not measured, and the size is the largest of all', async () => {
    await writePair(200, 5);
    const { result } = await gateResult(...pair);
    expect(result.flips.status).toBe('not-measured');
    expect(result.strength).toMatchObject({
      flipRateFrom: 'seen',
      sizeBy: expect.stringContaining('largest'),
    });
    const { stdout } = await gate(...pair);
    expect(stdout).toContain('A/A: not measured');
    expect(stdout).toMatch(/the smallest true drop that fails with a chance of 80 % is [\d.]+ %/);
    expect(stdout).toMatch(/a chance of [\d.e-]+ % for one or more in 30 nights/);
  });

  test('two runs that differ in the seed alone give the flip rate', async () => {
    await writePair(200, 5);
    await writeStoredRun(results, 'a', [{ arm: spark, tasks: tasks(200) }]);
    const flipped = storedTasks(200, (index) => [index < 20 ? index % 3 === 0 : index % 3 !== 0]);
    await writeStoredRun(results, 'b', [{ arm: spark, tasks: flipped }], { seed: 2 });
    const { result } = await gateResult(...pair, '--aa', 'a', 'b');
    expect(result.flips).toMatchObject({ status: 'measured', tasks: 200, rate: 0.1 });
    expect(result.strength).toMatchObject({ flipRateFrom: 'measured', sizeBy: 'enumerated' });
    const { size } = result.strength;
    expect(size.status === 'estimated' && size.value).toBeLessThan(0.005);
  });

  test.each([
    ['the same seed', {}, 'both have the seed 1'],
    ['another limit', { seed: 2, jobs: 4 }, 'they differ in jobs'],
    ['another version', { seed: 2, evalrun: { version: '9' } }, 'they differ in evalrun'],
  ])('A/A runs with %s are refused', async (_, overrides, message) => {
    await writePair(20, 0);
    await writeStoredRun(results, 'a', [{ arm: spark, tasks: tasks(20) }]);
    await writeStoredRun(results, 'b', [{ arm: spark, tasks: tasks(20) }], overrides);
    const { code, stderr } = await gate(...pair, '--aa', 'a', 'b');
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('what differs beside the time is said', async () => {
    await writePair(20, 0);
    await writeStoredRun(results, 'after', [{ arm: deep, tasks: tasks(20) }], {
      evalrun: { version: '0.2.0', commit: 'abc' },
    });
    const { stdout } = await gate(...pair);
    expect(stdout).toContain('model: spark (spark-model), candidate deep (deep-model)');
    expect(stdout).toContain('evalrun: 0, candidate 0.2.0 abc');
  });
});

describe('latency', () => {
  const times = (factor: number) => (index: number) => ({
    ttftMs: (300 + index) * factor,
    seconds: (40 + (index % 7)) * factor,
  });
  const timed = (n: number, factor: number) => storedTasks(n, (index) => [index % 3 !== 0], times(factor));
  const aa = ['--aa', 'a', 'b'];

  beforeEach(async () => {
    await writeStoredRun(results, 'before', [{ arm: spark, tasks: timed(200, 1) }]);
    await writeStoredRun(results, 'a', [{ arm: spark, tasks: timed(200, 1.3) }]);
    await writeStoredRun(results, 'b', [{ arm: spark, tasks: timed(200, 1.31) }], { seed: 2 });
  });

  test('a slow-down above margin and floor fails beside an A/A pair of the same night', async () => {
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: timed(200, 1.3) }]);
    const { code, result } = await gateResult(...pair, ...aa);
    expect(result.accuracy.verdict).toBe('pass');
    expect(result.latency.ttft).toMatchObject({ status: 'decided', verdict: 'fail' });
    expect(result.latency.time).toMatchObject({ status: 'decided', verdict: 'fail', tasks: 133 });
    expect(code).toBe(3);
  });

  test('without that pair it is inconclusive: a slow host would look the same', async () => {
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: timed(200, 1.3) }]);
    const { code, stdout } = await gate(...pair);
    expect(code).toBe(0);
    expect(stdout).toContain('a slow host would look the same');
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: timed(200, 1.3) }], {
      startedAt: '2026-01-05T00:00:00.000Z',
    });
    expect((await gate(...pair, ...aa)).stdout).toContain('not of the candidate’s night');
  });

  test('a slow-down below the floor does not fail', async () => {
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: timed(200, 1.3) }]);
    const { result } = await gateResult(...pair, ...aa, '--latency-floor-ms', '500');
    expect(result.latency.ttft).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('below the floor of 500 ms'),
    });
  });

  test('few tasks are inconclusive and say how many it takes', async () => {
    await writeStoredRun(results, 'before', [{ arm: spark, tasks: timed(12, 1) }]);
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: timed(12, 3) }]);
    const { result } = await gateResult(...pair);
    expect(result.latency.ttft).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('needs 40'),
    });
  });

  test('times over different transports are not compared', async () => {
    await writeStoredRun(results, 'after', [
      { arm: { ...spark, transport: 'responses-sse' }, tasks: timed(200, 3) },
    ]);
    const { code, result } = await gateResult(...pair, '--strict');
    expect(result.latency.ttft).toEqual({
      status: 'refused',
      reason: expect.stringContaining('transports differ'),
    });
    expect(code).toBe(0);
  });
});

describe('frozen baselines', () => {
  const save = (...args: string[]) => runMain(['baseline', 'save', ...args], { cwd: folder });
  const file = () => join(results, 'baselines', 'good.json');

  test('save, list, show; a gate takes it by name and by file; the run itself may be gone', async () => {
    await writePair(300, 40);
    const saved = await save('good', '--run', 'before');
    expect(saved.stdout).toMatch(
      /good: smoke, loop-spark: 200 of 300 trials resolved[\s\S]*good\.json: [\d.]+ KiB/,
    );
    await rm(join(results, 'before'), { recursive: true });
    expect((await gate('--baseline', 'good', '--candidate', 'after')).code).toBe(3);
    expect((await gate('--baseline', file(), '--candidate', 'after')).code).toBe(3);
    expect((await runMain(['baseline', 'list'], { cwd: folder })).stdout).toContain(
      'good: smoke, loop-spark',
    );
    expect((await runMain(['baseline', 'show', 'good'], { cwd: folder })).stdout).toContain(
      'task-0001  resolved',
    );
  });

  test('is not overwritten without --force', async () => {
    await writePair(20, 2);
    await save('good', '--run', 'before');
    const again = await save('good', '--run', 'after');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is frozen');
    expect((await save('good', '--run', 'after', '--force')).code).toBe(0);
  });

  test('is refused when it was changed by hand, and not when only spaces were', async () => {
    await writePair(20, 2);
    await save('good', '--run', 'before');
    const text = await readFile(file(), 'utf8');
    await writeFile(file(), JSON.stringify(JSON.parse(text)));
    expect((await gate('--baseline', 'good', '--candidate', 'after')).code).toBe(0);
    await writeFile(file(), text.replace('"status":"resolved"', '"status":"unresolved"'));
    const { code, stderr } = await gate('--baseline', 'good', '--candidate', 'after');
    expect(code).toBe(2);
    expect(stderr).toContain('was changed after it was saved');
  });

  test('a run that is not whole is no baseline', async () => {
    await writeStoredRun(results, 'before', [{ arm: spark, tasks: tasks(20) }], { state: 'interrupted' });
    const { code, stderr } = await save('good', '--run', 'before');
    expect(code).toBe(2);
    expect(stderr).toContain('it is interrupted');
    await writeStoredRun(results, 'before', [{ arm: spark, tasks: tasks(20) }], { attempts: 2 });
    expect((await save('good', '--run', 'before')).stderr).toContain(
      '20 of its planned trials have no record',
    );
  });

  test('which arm is meant must be said, and the candidate follows the baseline', async () => {
    const both = [spark, deep].map((arm) => ({ arm, tasks: tasks(20) }));
    await writeStoredRun(results, 'before', both);
    await writeStoredRun(results, 'after', both);
    expect((await save('good', '--run', 'before')).stderr).toContain('several arms: loop-spark, loop-deep');
    await save('good', '--run', 'before', '--model', 'deep');
    const { result } = await gateResult('--baseline', 'good', '--candidate', 'after');
    expect(result.candidate.arm.model).toBe('deep');
    const across = await gateResult(...pair, '--model', 'spark', '--baseline-model', 'deep');
    expect([across.result.baseline.arm.model, across.result.candidate.arm.model]).toEqual(['deep', 'spark']);
    expect((await gate(...pair)).code).toBe(2);
  });
});

describe('what cannot be compared', () => {
  test('tasks whose files have changed, by name', async () => {
    await writePair(20, 0);
    const changed = tasks(20).map((task, index) => ({ ...task, hash: index === 4 ? 'other' : 'h' }));
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: changed }]);
    const { code, stderr } = await gate(...pair);
    expect(code).toBe(2);
    expect(stderr).toContain('1 of 20 tasks are not the same as in the baseline (task-0004)');
  });

  test('simulated with real', async () => {
    await writePair(20, 0);
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: tasks(20) }], { simulated: true });
    const { code, stderr } = await gate(...pair);
    expect(code).toBe(2);
    expect(stderr).toContain('the candidate is simulated and the baseline is not');
  });

  test('a run with itself', async () => {
    await writePair(20, 0);
    expect((await gate('--baseline', 'after', '--candidate', 'after')).code).toBe(2);
  });

  test('tasks that only one side tried or judged are left out, named and counted; too many forbid a pass', async () => {
    await writeStoredRun(results, 'before', [{ arm: spark, tasks: tasks(300) }]);
    const some = storedTasks(310, (index) => [index < 10 ? undefined : index % 3 !== 0]);
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: some }]);
    const { result } = await gateResult(...pair);
    expect(result).toMatchObject({ verdict: 'pass', accuracy: { tasks: 290 } });
    expect((await gate(...pair)).stdout).toMatch(
      /10 without a verdict on one side, not counted: task-0000, .* and 5 more/,
    );
    const many = storedTasks(300, (index) => [index < 60 ? undefined : index % 3 !== 0]);
    await writeStoredRun(results, 'after', [{ arm: spark, tasks: many }]);
    expect((await gateResult(...pair)).result.accuracy).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('60 of 300 tasks came to no verdict'),
    });
  });
});

describe('imported runs', () => {
  const importRows = async (name: string, dropped: number) => {
    const rows = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        `instance_owner__name-${index.toString(16).padStart(40, '0')}`,
        index % 3 !== 0 && index >= dropped * 1.5,
      ]),
    );
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(rows));
    const args = ['import', path, '--run-id', name, '--model', 'spark', '--agent', 'loop'];
    expect((await runMain(args, { cwd: folder })).code).toBe(0);
  };

  test('are gated on accuracy, and say why not on latency', async () => {
    await importRows('before', 0);
    await importRows('after', 60);
    const { code, result } = await gateResult(...pair);
    expect(code).toBe(3);
    expect(result.accuracy).toMatchObject({ verdict: 'fail', tasks: 300 });
    expect(result.latency.ttft).toEqual({
      status: 'refused',
      reason: expect.stringContaining('another system'),
    });
    expect(result.warnings.join()).toContain('300 tasks are matched by name alone');
  });
});

describe('quarantine', () => {
  const write = (text: string) => writeFile(join(folder, 'quarantine.yaml'), text);
  const entry = (expires: string) =>
    `quarantine:\n  - { task: task-0001, reason: "port | clash <1>", owner: infra, expires: ${expires} }\n`;

  test('a task does not count and is still shown', async () => {
    await writePair(300, 2);
    await write(entry('2999-01-31'));
    const { result } = await gateResult(...pair, '--quarantine', 'quarantine.yaml');
    expect(result.accuracy).toMatchObject({ tasks: 299, counts: { baselineOnly: 1 } });
    const { stdout } = await gate(...pair, '--quarantine', 'quarantine.yaml');
    expect(stdout).toContain(
      'task-0001: resolved, candidate unresolved (port | clash <1>; infra, until 2999-01-31)',
    );
  });

  test('an expired entry names owner and date', async () => {
    await writePair(20, 2);
    await write(entry('2026-02-01'));
    const { code, stderr } = await gate(...pair, '--quarantine', 'quarantine.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('task-0001 (expired 2026-02-01, owner infra)');
  });

  test.each([
    ['no owner', 'quarantine:\n  - { task: a, reason: b, expires: 2999-01-01 }\n', 'quarantine.0.owner'],
    ['no date', 'quarantine:\n  - { task: a, reason: b, owner: c, expires: soon }\n', 'quarantine.0.expires'],
    [
      'a misspelt key',
      'quarantine:\n  - { task: a, reason: b, owner: c, expire: 2999-01-01 }\n',
      'did you mean "expires"',
    ],
  ])('a file with %s is refused', async (_, text, message) => {
    await writePair(20, 2);
    await write(text);
    const { code, stderr } = await gate(...pair, '--quarantine', 'quarantine.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('files', () => {
  test('--junit and --step-summary', async () => {
    await writePair(300, 40);
    const summary = join(folder, 'summary.md');
    await writeFile(summary, 'before\n');
    const { code } = await runMain(['gate', ...pair, '--junit', 'out/gate.xml', '--step-summary'], {
      cwd: folder,
      env: { GITHUB_STEP_SUMMARY: summary },
    });
    expect(code).toBe(3);
    expect(await readFile(join(folder, 'out/gate.xml'), 'utf8')).toContain('<testsuite name="gate"');
    const text = await readFile(summary, 'utf8');
    expect(text).toMatch(/^before\n## gate: FAIL/);
    expect(text).toContain('| task-0001 | regressed | resolved | unresolved |');
  });

  test('--step-summary outside of a job is a clear error', async () => {
    await writePair(20, 0);
    const { code, stderr } = await gate(...pair, '--step-summary');
    expect(code).toBe(2);
    expect(stderr).toContain('GITHUB_STEP_SUMMARY is not set');
  });
});
