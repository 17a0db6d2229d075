import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deepArm, fastArm, writeGeneratedRun } from '../../testing/generated-run.ts';
import { repositoryFolder } from '../../testing/run-main.ts';
import { finishRun } from './finish-run.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'evalrun-finish-'));
  await writeGeneratedRun(join(cwd, 'results/run'), { runId: 'run', arms: [fastArm, deepArm], tasks: 6 });
});
afterAll(() => rm(cwd, { recursive: true }));

async function finish(reportsFolder: string): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const captured = Promise.all([text(stdout), text(stderr)]);
  const signal = new AbortController().signal;
  await finishRun(
    { runFolder: join(cwd, 'results/run'), reportsFolder, json: false },
    { stdout, stderr, env: {}, cwd, packageFolder: repositoryFolder, signal },
  );
  stdout.end();
  stderr.end();
  const [out, err] = await captured;
  return { stdout: out, stderr: err };
}

test('where no report can be written the table is printed all the same, and what is wrong is said', async () => {
  await writeFile(join(cwd, 'taken'), 'a file where the folder should be');
  const { stdout, stderr } = await finish(join(cwd, 'taken'));
  expect(stdout).toMatch(/resolved \/ judged/);
  expect(stdout).toContain('results: results/run');
  expect(stderr).toMatch(/the report was not written to its end: .*(EEXIST|ENOTDIR)/);
  expect(stderr).toContain('the results are whole, and `evalrun report run` tries again');
});

test('one file that cannot be written takes no other with it', async () => {
  await mkdir(join(cwd, 'reports/run/report.md'), { recursive: true });
  const { stderr } = await finish(join(cwd, 'reports'));
  const files = await readdir(join(cwd, 'reports/run'));
  expect(files).toEqual(
    expect.arrayContaining(['report.json', 'trials.csv', 'requests.csv', 'comparisons.csv']),
  );
  expect(stderr).toMatch(/the report was not written to its end: .*report\.md/);
});
