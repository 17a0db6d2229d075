import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noUsage } from '../domain/model.ts';
import { atifTrajectory } from '../results/atif.ts';
import { fastArm, writeGeneratedRun } from '../testing/generated-run.ts';
import { loadRun } from './load-run.ts';
import { reportArms } from './report-arms.ts';
import { type TrialPage, trialPageSchema } from './report-document.ts';
import { reportPages } from './report-pages.ts';
import { trialPage } from './trial-page.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-page-'));
});
afterAll(() => rm(folder, { recursive: true }));

const started = Date.parse('2026-01-01T00:00:00.000Z');
const trial = 'trials/task-0000.loop-spark.1/try-1';

/** The page of the first trial of a run, whose files may be given. */
async function pageOf(runId: string, files: Readonly<Record<string, string>>): Promise<TrialPage> {
  const place = join(folder, runId);
  await writeGeneratedRun(place, { runId, arms: [fastArm], tasks: 2, requestsPerTrial: 3 });
  await mkdir(join(place, trial), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(place, trial, name), text);
  const [arm] = reportArms([await loadRun(place)]);
  const first = arm?.trials.find(({ taskId }) => taskId === 'task-0000');
  if (arm === undefined || first === undefined) throw new Error('nothing was generated');
  return trialPageSchema.parse(await trialPage(first, arm));
}

function trajectoryOf(result: string): string {
  const document = atifTrajectory({
    sessionId: 's',
    agent: { name: 'loop', version: '1' },
    usage: noUsage,
    simulated: false,
    steps: [
      { source: 'user', atMs: started, message: 'Mend it.' },
      {
        source: 'agent',
        atMs: started + 2500,
        message: 'Looking.',
        reasoning: 'why',
        toolCalls: [
          {
            callId: 'c',
            name: 'shell',
            arguments: { command: 'ls' },
            result,
            durationUs: 40_000,
            exitCode: 1,
          },
        ],
      },
    ],
  });
  return JSON.stringify(document);
}

test('a page holds what was said, done, tested and changed, and when', async () => {
  const span = { schemaVersion: 1, part: 'tool', name: 'ls', startUs: 5_000_000_000, endUs: 5_000_040_000 };
  const page = await pageOf('whole', {
    'trajectory.json': trajectoryOf('no such file'),
    'patch.diff': '--- a\n+++ b\n',
    'tests.json': JSON.stringify({ schemaVersion: 1, tests: [{ name: 't', status: 'passed' }] }),
    'spans.jsonl': `${JSON.stringify(span)}\n`,
  });
  expect(page.id).toBe('whole/task-0000.loop-spark.1');
  expect(page.steps[1]).toEqual({
    source: 'agent',
    atSeconds: 2.5,
    message: 'Looking.',
    reasoning: 'why',
    toolCalls: [
      {
        name: 'shell',
        arguments: '{\n "command": "ls"\n}',
        output: 'no such file',
        exitCode: 1,
        seconds: 0.04,
      },
    ],
  });
  expect(page.patch).toBe('--- a\n+++ b\n');
  expect(page.tests).toEqual([{ name: 't', status: 'passed' }]);
  expect(page.waterfall).toHaveLength(4);
  expect(page.waterfall[0]).toMatchObject({ name: 'turn 1' });
  expect(page.waterfall[0]?.firstToken).toBeGreaterThan(page.waterfall[0]?.start ?? Number.NaN);
  expect(page.cut).toEqual([]);
});

test('texts above 100 kB are cut in the middle, and that is said', async () => {
  const output = `start${'x'.repeat(150_000)}end`;
  const page = await pageOf('long', { 'trajectory.json': trajectoryOf(output), 'patch.diff': output });
  const shown = page.steps[1]?.toolCalls[0]?.output ?? '';
  expect(shown.length).toBeLessThan(101_000);
  expect(shown).toMatch(/^start.*\n… 50008 characters are not shown …\n.*end$/s);
  expect(page.cut).toEqual([
    'step 2, output of shell: 50008 of 150008 characters are not shown',
    'patch.diff: 50008 of 150008 characters are not shown',
  ]);
});

test('files that are not there or cannot be read leave the page standing', async () => {
  const page = await pageOf('torn', { 'trajectory.json': '{"steps": [', 'requests.jsonl': '{"half\n' });
  expect(page.steps).toEqual([]);
  expect(page.waterfall).toEqual([]);
  expect(page.notes.join('\n')).toMatch(/trajectory\.json cannot be read/);
  expect(page.notes).toContain('requests.jsonl: 1 lines could not be read');
});

test('the pages of a report come one after the other, for each trial that counts', async () => {
  const [arm] = reportArms([await loadRun(join(folder, 'whole'))]);
  const source = await reportPages(arm === undefined ? [] : [arm]);
  const ids: string[] = [];
  for await (const page of source.pages()) ids.push(page.id);
  expect(source.count).toBe(2);
  expect(source.approximateBytes).toBeGreaterThan(500);
  expect(ids).toEqual(['whole/task-0000.loop-spark.1', 'whole/task-0001.loop-spark.1']);
});
