import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TrialRecord } from '../../domain/record.ts';
import { ResultStore } from '../../results/result-store.ts';
import { tryFiles } from '../../results/run-folder.ts';
import { CliProcess } from '../../testing/cli-process.ts';
import { runDocument, trialRecord } from '../../testing/records.ts';
import { launchChromium, WatchedPage } from '../../testing/report-browser.ts';

let browser: Browser;
let folder: string;
let store: ResultStore;
let cli: CliProcess;
let url: URL;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-view-'));
  store = await startedRun('night & <b>day<b>');
  await store.append(trialOf(1, true));
  cli = new CliProcess(['view', '--json'], folder);
  await cli.saw(() => true);
  url = new URL((JSON.parse(cli.lines[0] ?? '{}') as { url: string }).url);
});
afterEach(async () => {
  await cli.kill('SIGKILL');
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const tasks = ['one', 'two', 'three'];
const arm = { agent: 'loop', model: 'spark' };

async function startedRun(runId: string): Promise<ResultStore> {
  const dataset = { name: 'mini', format: 'harbor', folder: 'mini', hash: 'h' };
  const run = runDocument({
    runId,
    datasets: [dataset],
    arms: [arm],
    tasks: tasks.map((id) => ({ id, dataset: 'mini', hash: 'h' })),
  });
  return ResultStore.create(join(folder, 'results', runId), run);
}

function trialOf(number: number, resolved: boolean): TrialRecord {
  const taskId = tasks[number - 1] ?? '';
  return trialRecord({
    runId: store.run.runId,
    trialId: `${taskId}.loop-spark.1`,
    taskId,
    dataset: 'mini',
    arm,
    outcome: { status: 'judged', resolved, rewards: { reward: resolved ? 1 : 0 }, ending: 'finished' },
    wallUs: 12_000_000,
    ledger: { tool: 12_000_000 },
    agentWorkingUs: 9_000_000,
    folder: `trials/${taskId}/try-1`,
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
  readonly cookie: string | undefined;
}

/** Paths as they are: no client that tidies them up first. */
function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ host: '127.0.0.1', port: url.port, path, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        text,
        location: response.headers.location,
        cookie: response.headers['set-cookie']?.[0]?.split(';')[0],
      }),
    );
  });
  sent.on('error', reject).end();
  return promise;
}

/** The data of a page, which is all that differs from page to page. */
const dataOf = (text: string): string => /id="evalrun-data">(.*)<\/script>/.exec(text)?.[1] ?? text;

async function enter(): Promise<{ cookie: string }> {
  const { cookie = '' } = await get(`/${url.search}`);
  return { cookie };
}

test('only who has the token sees anything, and only at its own address', async () => {
  expect((await get('/')).status).toBe(401);
  expect((await get('/?token=guess')).status).toBe(401);
  const entered = await get(`/${url.search}`);
  expect(entered).toMatchObject({ status: 303, location: '/' });
  const headers = await enter();
  const list = await get('/', headers);
  expect(list.status).toBe(200);
  expect(dataOf(list.text)).toContain('night & \\u003cb>day');
  expect((await get('/', { ...headers, host: `evil.example:${url.port}` })).status).toBe(403);
});

test('no path leads out of the runs', async () => {
  const headers = await enter();
  await writeFile(join(folder, 'secret.txt'), 'secret');
  const paths = [
    '/../secret.txt',
    '/runs/../secret.txt',
    '/runs/..%2f..%2fsecret.txt/',
    '/runs/%2e%2e%2fsecret.txt/',
    '/runs/nobody/',
  ];
  for (const path of paths) expect(await get(path, headers)).toMatchObject({ status: 404 });
});

test('the list leads to the report, the report to a trial with its files', async () => {
  const trial = join(store.folder, 'trials/one/try-1');
  await mkdir(trial, { recursive: true });
  await writeFile(join(trial, tryFiles.patch), 'diff --git a/x b/x\n+<script>window.ran=1</script>\n');
  await using watched = await WatchedPage.open(browser, { server: url.origin });
  const { page } = watched;
  await page.goto(url.href);
  expect(page.url()).not.toContain('token');
  await page.getByRole('link', { name: 'night & <b>day<b>' }).click();
  await page.locator('.mark').first().click();
  await page.locator('.diff').waitFor();
  expect(await page.locator('h1').innerText()).toBe('one.loop-spark.1');
  expect(await page.locator('.diff').innerText()).toContain('<script>window.ran=1</script>');
  expect(await page.evaluate('window.ran')).toBe(undefined);
  await page.goto(`${url.origin}/runs/${encodeURIComponent(store.run.runId)}/`);
  await page.getByRole('link', { name: 'evalrun', exact: true }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  expect(watched.complaints).toEqual([]);
  expect(watched.requests).toEqual([]);
});

test('a running run is followed to its end', async () => {
  await using watched = await WatchedPage.open(browser, { server: url.origin });
  const { page } = watched;
  await page.goto(url.href);
  await page.getByRole('link', { name: 'running' }).click();
  await page.getByText('1 of 3 trials ended').waitFor();
  await store.append(trialOf(2, false));
  await page.getByText('2 of 3 trials ended').waitFor();
  expect(await page.locator('.last-trials li').first().innerText()).toContain('unresolved two.loop-spark.1');
  await store.append(trialOf(3, true));
  await store.update((run) => ({ ...run, state: 'finished', endedAt: '2026-01-01T00:10:00.000Z' }));
  await page.getByText('3 of 3 trials ended').waitFor();
  await page.getByText('finished', { exact: true }).waitFor();
  expect(watched.complaints).toEqual([]);
});

test('the report is made anew when there are new records', async () => {
  const headers = await enter();
  const address = `/runs/${encodeURIComponent(store.run.runId)}/`;
  expect(dataOf((await get(address, headers)).text)).not.toContain('two.loop-spark.1');
  await store.append(trialOf(2, false));
  expect(dataOf((await get(address, headers)).text)).toContain('two.loop-spark.1');
});

test('a run that cannot be read has its line and hides no other', async () => {
  const broken = join(folder, 'results/broken');
  await mkdir(broken);
  await writeFile(join(broken, 'run.json'), '{ "schemaVersion": 1');
  const headers = await enter();
  const { text } = await get('/', headers);
  expect(dataOf(text)).toContain('not valid JSON');
  expect(dataOf(text)).toContain('night & ');
  expect((await get('/runs/broken/', headers)).status).toBe(500);
});

test('Ctrl+C ends it, live pages or not', async () => {
  const { cookie } = await enter();
  const events = request({
    host: '127.0.0.1',
    port: url.port,
    path: `/runs/${encodeURIComponent(store.run.runId)}/events`,
    headers: { cookie },
  });
  const first = Promise.withResolvers<string>();
  const cut = new Promise((resolve) => events.once('close', resolve));
  events.on('error', () => undefined);
  events.on('response', (response) => {
    response.on('error', () => undefined);
    response.once('data', (data: Buffer) => first.resolve(data.toString()));
  });
  events.end();
  expect(await first.promise).toMatch(/^data: \{"state":"running","planned":3/);
  expect((await cli.kill('SIGINT')).code).toBe(0);
  await cut;
});

test('a taken port is said to be taken', async () => {
  const { code, stderr } = await new CliProcess(['view', '--port', url.port], folder).ended;
  expect(code).toBe(2);
  expect(stderr).toContain(`port ${url.port} cannot be served`);
});
