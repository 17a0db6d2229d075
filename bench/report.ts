import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { deepArm, fastArm, writeGeneratedRun } from '../src/testing/generated-run.ts';
import { type Bench, compareSides } from './measure.ts';
import { measureHtmlReport } from './report-html.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
const parser = join(import.meta.dirname, 'report/parse-records.ts');
const size = { tasks: 1000, attempts: 5, requestsPerTrial: 20 };
const trials = size.tasks * size.attempts * 2;
const rounds = 5;
const timeBar = 5;
const memoryBar = 2 ** 30;

export const reportBench: Bench = {
  name: 'report',
  describe:
    '`evalrun compare` of 10,000 trials with 200,000 requests against JSON.parse of the same lines, each in a process of its own',
  run: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evalrun-bench-'));
    try {
      const run = join(folder, 'results/generated');
      const bytes = await writeGeneratedRun(run, { runId: 'generated', arms: [fastArm, deepArm], ...size });
      const figures = ['json,markdown,csv', 'json,markdown,csv,png,html'];
      const lines = [
        `${trials} trials with ${trials * size.requestsPerTrial} requests, ${(bytes / 1e6).toFixed(0)} MB of lines; bars: ${timeBar} times JSON.parse, ${memoryBar / 2 ** 20} MiB`,
      ];
      for (const formats of figures) lines.push(...(await measure(folder, run, formats)));
      return [...lines, ...(await measureHtmlReport())];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(folder: string, run: string, formats: string): Promise<string[]> {
  let peakBytes = 0;
  const sides = await compareSides(
    {
      name: `evalrun compare --formats ${formats}`,
      work: async () => {
        peakBytes = Math.max(peakBytes, await comparePeak(folder, formats));
      },
    },
    { name: 'JSON.parse', work: async () => void (await execa(process.execPath, [parser, run])) },
    rounds,
  );
  const peak = (peakBytes / 2 ** 20).toFixed(0);
  return [...sides, `peak memory ${peak} MiB${peakBytes < memoryBar ? '' : ', above the bar'}`];
}

/** Runs the comparison; the kernel's own peak of its resident memory is written down as it exits. */
async function comparePeak(folder: string, formats: string): Promise<number> {
  const report = join(folder, 'peak');
  const args = ['--import', join(import.meta.dirname, 'report/write-peak.ts'), cli];
  await execa(process.execPath, [...args, 'compare', 'generated', '--formats', formats], {
    cwd: folder,
    env: { EVALRUN_BENCH_PEAK: report },
  });
  return Number(await readFile(report, 'utf8'));
}
