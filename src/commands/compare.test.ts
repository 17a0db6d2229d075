import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportDocumentSchema } from '../reports/report-document.ts';
import { publishedPair } from '../statistics/testing/published-pair.ts';
import { deepArm, fastArm, type GeneratedRun, writeGeneratedRun } from '../testing/generated-run.ts';
import { type RanMain, runMain } from '../testing/run-main.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'evalrun-compare-'));
});
afterAll(() => rm(cwd, { recursive: true }));

async function generate(runId: string, options: Partial<GeneratedRun> = {}): Promise<void> {
  await writeGeneratedRun(join(cwd, 'results', runId), {
    runId,
    arms: [fastArm, deepArm],
    tasks: 12,
    ...options,
  });
}

/** Without HTML, whose page is built apart. */
const compare = (...args: string[]): Promise<RanMain> =>
  runMain(['compare', ...args, '--formats', 'json,markdown,csv,png'], { cwd });

const rowsOf = async (path: string): Promise<Record<string, string>[]> =>
  parse(await readFile(join(cwd, path)), { columns: true });

test('the published pair: the numbers, and in words what holds for these repositories and what for new ones', async () => {
  const tasks = publishedPair();
  const ids = tasks.map(({ cluster }, index) => {
    const hash = String(index).padStart(40, '0');
    return `instance_owner__${cluster}-${hash}`;
  });
  for (const model of ['gpt', 'claude'] as const) {
    const results = Object.fromEntries(tasks.map((task, index) => [ids[index] ?? '', task[model]]));
    await writeFile(join(cwd, `${model}.eval_results.json`), JSON.stringify(results));
    await runMain(['import', `${model}.eval_results.json`, '--run-id', `pro-${model}`], { cwd });
  }
  const { code, stdout } = await compare('pro-gpt', 'pro-claude');
  expect(code).toBe(0);
  expect(stdout).toContain(
    'gpt solves 265 of 729 (36.4 %), claude solves 319 of 729 (43.8 %); the difference, claude − gpt, +7.4 points [+3.9, +10.9], is separated: claude solves more.',
  );
  expect(stdout).toContain(
    'For these 11 repositories (729 tasks) the difference of 7.4 points holds (95 % interval [+3.9, +10.9], standard error 1.78 points paired, exact p 4.65e-5).',
  );
  expect(stdout).toContain(
    'For new repositories it holds too (95 % interval [+1.7, +13.1], standard error 2.55 points clustered by 11 repositories, p 0.0157). With fewer than 30 repositories this error is itself poorly known.',
  );
  expect(stdout).toMatch(
    /206; 59, 113; 351\s+0\.0741 \(0\.0393 … 0\.1094\)\s+0\.0178\s+0\.0255 \(11 repositories\)\s+4\.65e-5/,
  );
  expect(stdout).toContain('729 tasks are matched by name alone');
  const [row = {}] = await rowsOf('reports/compare-pro-gpt-pro-claude/comparisons.csv');
  expect(Number(row['difference'])).toBeCloseTo(0.0740741, 7);
  expect(Number(row['standard_error_paired'])).toBeCloseTo(0.017792, 6);
  expect(Number(row['standard_error_clustered'])).toBeCloseTo(0.0255129, 6);
  expect(Number(row['mcnemar_exact_p'])).toBeCloseTo(4.6549e-5, 9);
});

test('writes a row for each trial, request and comparison, a document and its Markdown and charts', async () => {
  await generate('one', { requestsPerTrial: 5 });
  const { code, stdout } = await compare('one');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^spark and deep on smoke \(generated, 12 generated tasks\)\n\nspark solves/);
  const folder = 'reports/compare-one';
  expect(await rowsOf(`${folder}/trials.csv`)).toHaveLength(24);
  expect(await rowsOf(`${folder}/requests.csv`)).toHaveLength(120);
  expect(await rowsOf(`${folder}/comparisons.csv`)).toHaveLength(1);
  const document = reportDocumentSchema.parse(
    JSON.parse(await readFile(join(cwd, folder, 'report.json'), 'utf8')),
  );
  expect(document).toMatchObject({ kind: 'comparison', seed: 1, labels: [] });
  expect(document.tasks).toHaveLength(12);
  expect(await readFile(join(cwd, folder, 'report.md'), 'utf8')).toMatch(/^## spark and deep on smoke/);
  expect(await readdir(join(cwd, folder, 'charts'))).toContain('solved-by-time.png');
});

test('arms of several runs are told apart by their run, and tasks of one alone are counted', async () => {
  await generate('night-1', { arms: [fastArm] });
  await generate('night-2', { arms: [fastArm], tasks: 10, seed: 1 });
  const { code, stdout } = await compare('night-1', 'night-2', '--json');
  expect(code).toBe(0);
  const line = JSON.parse(stdout);
  expect(line).toMatchObject({
    type: 'comparison',
    pairs: [{ a: 'spark#night-1', b: 'spark#night-2', tasks: 10 }],
  });
  expect(line.leftOut).toContainEqual({
    reason: 'pair spark#night-1, spark#night-2: tried by spark#night-1 alone',
    count: 2,
    examples: ['task-0010', 'task-0011'],
  });
});

test('--model and --agent choose arms, in the files too', async () => {
  await generate('left', { arms: [fastArm, deepArm] });
  await generate('right', { arms: [fastArm, deepArm] });
  const { code } = await compare('left', 'right', '--model', 'deep', '--agent', 'loop', '--output', 'here');
  expect(code).toBe(0);
  const models = (await rowsOf('here/trials.csv')).map(({ model }) => model);
  expect(new Set(models)).toEqual(new Set(['deep']));
  expect(models).toHaveLength(24);
});

test('simulated results are not compared with real ones: exit code 2, with the runs, and nothing is written', async () => {
  await generate('real');
  await generate('played', { simulated: true });
  const { code, stderr } = await compare('real', 'played');
  expect(code).toBe(2);
  expect(stderr).toContain('simulated and real results are not compared: spark#played of run played');
  await expect(access(join(cwd, 'reports/compare-real-played'))).rejects.toThrow();
});

test('tasks of one name whose content differs are not compared: exit code 2, with the tasks', async () => {
  await generate('old');
  await generate('new', {
    run: {
      tasks: Array.from({ length: 12 }, (_, index) => ({
        id: `task-${String(index).padStart(4, '0')}`,
        dataset: 'generated',
        hash: index < 2 ? 'another' : `hash of task-${String(index).padStart(4, '0')}`,
      })),
    },
  });
  const { code, stderr } = await compare('old', 'new');
  expect(code).toBe(2);
  expect(stderr).toContain(
    '2 tasks are not the same in these runs, by the hash of their content: task-0000 (runs old, new)',
  );
});

test('one arm alone, a model that is not there, a format that is not known: exit code 2, with what there is', async () => {
  await generate('single', { arms: [fastArm] });
  const alone = await compare('single');
  const unknown = await compare('single', '--model', 'sprak');
  const format = await runMain(['compare', 'single', '--formats', 'pmg'], { cwd });
  expect([alone.code, unknown.code, format.code]).toEqual([2, 2, 2]);
  expect(alone.stderr).toContain('there is one arm only, spark: nothing to compare it with');
  expect(unknown.stderr).toContain('no arm left: the runs have the models spark and the agents loop');
  expect(format.stderr).toContain('--formats: "pmg" is not known (did you mean "png"?)');
});

const hostile = '=cmd|"x" <img src=x onerror=alert(1)> [a](http://b) `c` \u001b[31m';

test('hostile names stay names: in CSV no formula, in Markdown no markup, on the terminal no control characters', async () => {
  await generate('hostile', {
    arms: [fastArm, { ...deepArm, arm: { ...deepArm.arm, model: hostile } }],
    change: (record) => ({ ...record, category: hostile, notes: [hostile] }),
  });
  const { code, stdout } = await compare('hostile');
  expect(code).toBe(0);
  expect(stdout).not.toContain('\u001b');
  const rows = await rowsOf('reports/compare-hostile/trials.csv');
  expect(rows[0]?.['category']).toBe(`'${hostile}`);
  expect((await rowsOf('reports/compare-hostile/comparisons.csv'))[0]?.['b']).toBe(`'${hostile}`);
  const markdown = await readFile(join(cwd, 'reports/compare-hostile/report.md'), 'utf8');
  expect(markdown).not.toMatch(/<img|\[a\]\(|http:\/\//);
});

test('a run without a single model request compares too', async () => {
  await generate('quiet', { requestsPerTrial: 0 });
  const { code, stdout } = await compare('quiet');
  expect(code).toBe(0);
  expect(stdout).not.toContain('transport');
});

test('`report` writes the same of one run, its table first', async () => {
  await generate('own', { attempts: 2 });
  const { code, stdout } = await runMain(['report', 'own', '--formats', 'json,markdown,csv'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^smoke \(generated, 12 generated tasks\)/);
  expect(stdout).toContain(
    'reports: reports/own/trials.csv, reports/own/requests.csv, reports/own/report.json',
  );
  const document = JSON.parse(await readFile(join(cwd, 'reports/own/report.json'), 'utf8'));
  expect(document).toMatchObject({ kind: 'run', runs: [{ runId: 'own', seed: 1, jobs: 1 }] });
});

test('a run whose arms may not be compared is reported all the same, without pairs and with the reason', async () => {
  await generate('both-kinds', {
    run: {
      models: [
        { alias: 'spark', provider: 'p', model: 'm', simulated: true },
        { alias: 'deep', provider: 'p', model: 'm', simulated: false },
      ],
    },
  });
  const { code } = await runMain(['report', 'both-kinds', '--formats', 'json'], { cwd });
  const document = JSON.parse(await readFile(join(cwd, 'reports/both-kinds/report.json'), 'utf8'));
  expect(code).toBe(0);
  expect(document.pairs).toEqual([]);
  expect(document.warnings[0]).toContain('The arms of this run are not compared: simulated and real');
});
