import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCanvas, loadImage } from 'canvas';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium, WatchedPage } from '../../testing/report-browser.ts';
import { type DocumentSize, reportDocument } from '../../testing/report-document.ts';
import { trialPages } from '../../testing/trial-pages.ts';
import type { ReportDocument } from '../report-document.ts';
import { writeHtmlReport } from './write-html.ts';

let browser: Browser;
let folder: string;
let watched: WatchedPage | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-report-'));
});
afterEach(async () => {
  await watched?.[Symbol.asyncDispose]();
  watched = undefined;
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly document: ReportDocument;
}

interface OpenOptions {
  readonly size?: DocumentSize;
  readonly split?: boolean;
  readonly browsing?: BrowserContextOptions;
}

/** Writes a report and opens it from the disk, as a reader does. */
async function openReport({ size = {}, split = false, browsing = {} }: OpenOptions = {}): Promise<Opened> {
  const document = reportDocument(size);
  const { hostile = '' } = size;
  await writeHtmlReport(document, trialPages(document, { hostile }), { folder, split });
  watched = await WatchedPage.open(browser, browsing);
  await watched.page.goto(pathToFileURL(join(folder, 'report.html')).href);
  await watched.page.waitForSelector('.tasks tbody tr');
  return { page: watched.page, document };
}

/** What must hold of every page however it was used. */
function expectQuiet(): void {
  expect(watched?.complaints).toEqual([]);
  expect(watched?.requests).toEqual([]);
}

const firstCells = (page: Page): Promise<string[]> => page.locator('.tasks tbody th').allInnerTexts();

/** A chart is drawn when it comes near the window. */
async function untilDrawn(canvas: Locator): Promise<void> {
  await canvas.scrollIntoViewIfNeeded();
  await expect.poll(() => colourCount(canvas)).toBeGreaterThan(5);
}

/** Counted here and not in the page, where reading a picture back is a cause for a warning. */
async function colourCount(canvas: Locator): Promise<number> {
  const url = await canvas.evaluate((element) => (element as unknown as { toDataURL(): string }).toDataURL());
  const image = await loadImage(url);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)).size;
}

test('opens from the disk without a complaint and without a request, verdict and label first', async () => {
  const { page, document } = await openReport();
  expect(await page.title()).toBe(`SIMULATED · ${document.title}`);
  expect(await page.locator('.labels').innerText()).toBe('SIMULATED');
  expect(await page.locator('h2').first().innerText()).toBe('Verdict');
  for (const sentence of document.verdict) expect(await page.getByText(sentence).isVisible()).toBe(true);
  expectQuiet();
});

test('every chart is drawn, has a name for screen readers and its figures as a table', async () => {
  const { page } = await openReport({ size: { arms: ['spark', 'deep', 'middle'] } });
  const figures = page.locator('figure');
  expect(await figures.count()).toBe(7);
  for (const figure of await figures.all()) {
    const canvas = figure.locator('canvas');
    await untilDrawn(canvas);
    expect(await canvas.getAttribute('aria-label')).toContain(await figure.locator('h3').innerText());
    expect(await figure.locator('.chart-caption').innerText()).toContain(
      'SIMULATED · swe-pro-mini · n = 12 tasks',
    );
    await figure.locator('summary').click();
    await figure.locator('tbody tr').first().waitFor();
  }
  expectQuiet();
});

test('the table sorts by its headings and says so', async () => {
  const { page, document } = await openReport();
  await page.getByLabel('trial', { exact: true }).check();
  const heading = page.locator('th', { has: page.getByRole('button', { name: 'time', exact: true }) });
  await heading.getByRole('button').click();
  expect(await heading.getAttribute('aria-sort')).toBe('descending');
  const all = document.tasks.flatMap(({ trials }) => Object.values(trials).flat());
  const slowest = all.toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0))[0];
  expect(await page.locator('.tasks tbody a').first().getAttribute('data-opens')).toBe(slowest?.id);
  await heading.getByRole('button').click();
  expect(await heading.getAttribute('aria-sort')).toBe('ascending');
  const known = all.filter(({ seconds }) => seconds !== undefined);
  const fastest = known.toSorted((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0))[0];
  expect(await page.locator('.tasks tbody a').first().getAttribute('data-opens')).toBe(fastest?.id);
  expectQuiet();
});

test('filters by text, outcome, arm and disagreement', async () => {
  const { page, document } = await openReport();
  await page.getByPlaceholder('task, group, message').fill('csv');
  expect(await firstCells(page)).toEqual(['csvql']);
  await page.getByPlaceholder('task, group, message').fill('');
  await page.getByLabel('only where arms differ').check();
  const share = (task: ReportDocument['tasks'][number], arm: string): number => {
    const judged = (task.trials[arm] ?? []).filter(({ status }) => status.endsWith('resolved'));
    return judged.filter(({ status }) => status === 'resolved').length / judged.length;
  };
  const differing = document.tasks.filter((task) => share(task, 'spark') !== share(task, 'deep'));
  expect(differing.length).toBeGreaterThan(0);
  expect((await firstCells(page)).toSorted()).toEqual(differing.map(({ taskId }) => taskId).toSorted());
  await page.getByLabel('only where arms differ').uncheck();
  await page.getByLabel('outcome', { exact: true }).selectOption('unresolved');
  await page.getByLabel('arm', { exact: true }).selectOption('deep');
  await page.getByLabel('trial', { exact: true }).check();
  const unresolved = document.tasks.flatMap(({ trials }) =>
    (trials['deep'] ?? []).filter(({ status }) => status === 'unresolved'),
  );
  expect(await page.locator('.tasks tbody tr').count()).toBe(unresolved.length);
  expect(await page.getByText(`${unresolved.length} trials`, { exact: true }).isVisible()).toBe(true);
  expectQuiet();
});

test.each([false, true])('a trial opens on its own page, split: %s', async (split) => {
  const { page, document } = await openReport({ split });
  const second = document.tasks[0]?.trials['spark']?.[1];
  await page.locator('.mark').nth(1).click();
  await page.locator('.waterfall').waitFor();
  expect(await page.locator('h1').innerText()).toBe(second?.trialId);
  expect(
    await page.locator('h1').evaluate((heading) => heading === heading.ownerDocument.activeElement),
  ).toBe(true);
  expect(await page.locator('.diff .added').count()).toBe(3);
  expect(await page.locator('.diff .removed').first().innerText()).toContain('-    if');
  expect(await page.locator('.step').count()).toBe(11);
  const call = page.locator('.call').first();
  await expect(call.locator('pre').first().isVisible()).resolves.toBe(false);
  await call.locator('summary').click();
  expect(await call.locator('pre').nth(1).innerText()).toContain('const ');
  await page.getByRole('link', { name: 'Next' }).click();
  await expect
    .poll(() => page.locator('h1').innerText())
    .toBe(document.tasks[0]?.trials['spark']?.[2]?.trialId);
  await page.getByRole('link', { name: 'All tasks' }).click();
  await page.locator('.mark').first().waitFor();
  const focused = await page.locator(':focus').getAttribute('data-opens');
  expect(focused).toBe(document.tasks[0]?.trials['spark']?.[2]?.id);
  expectQuiet();
});

test('what was filtered is still filtered after a look at a trial', async () => {
  const { page } = await openReport();
  await page.getByPlaceholder('task, group, message').fill('tabq');
  await page.locator('.mark').first().click();
  await page.locator('.waterfall').waitFor();
  await page.goBack();
  await page.locator('.mark').first().waitFor();
  expect(await firstCells(page)).toEqual(['tabq']);
  expectQuiet();
});

test('a trial that is not in the file is said to be missing', async () => {
  const { page } = await openReport();
  await page.evaluate("location.hash = '#/trial/nobody'");
  expect(await page.getByRole('alert').innerText()).toContain('nobody');
  expectQuiet();
});

test('a split report without its trials says so', async () => {
  const { page } = await openReport({ split: true });
  await rm(join(folder, 'trials'), { recursive: true });
  await page.locator('.mark').first().click();
  expect(await page.getByRole('alert').innerText()).toContain('trials/0.js');
});

test('the keyboard alone reaches sorting, a trial and the way back', async () => {
  const { page } = await openReport();
  const press = async (key: string, isThere: () => Promise<boolean>): Promise<void> => {
    for (let presses = 0; presses < 120; presses++) {
      if (await isThere()) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} does not get there`);
  };
  const focusIs = (selector: string) => async (): Promise<boolean> =>
    (await page.locator(`${selector}:focus`).count()) > 0;
  await press('Tab', focusIs('.tasks thead button'));
  await page.keyboard.press('Enter');
  expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending');
  await press('Tab', focusIs('.mark'));
  const opened = await page.locator(':focus').getAttribute('data-opens');
  await page.keyboard.press('Enter');
  await page.locator('.waterfall').waitFor();
  await press('Tab', focusIs('.call summary'));
  await page.keyboard.press('Enter');
  expect(await page.locator('.call[open]').count()).toBe(1);
  await press('Shift+Tab', focusIs('.product a'));
  await page.keyboard.press('Enter');
  await page.locator('.mark').first().waitFor();
  expect(await page.locator(':focus').getAttribute('data-opens')).toBe(opened);
  expectQuiet();
});

test('the theme follows the system until one is chosen, and the charts with it', async () => {
  const { page } = await openReport({ browsing: { colorScheme: 'dark' } });
  const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
  expect(await background()).toBe('rgb(20, 24, 29)');
  const button = page.getByRole('button', { name: /^Theme/ });
  await button.click();
  expect(await button.innerText()).toBe('Theme: light');
  expect(await background()).toBe('rgb(255, 255, 255)');
  await button.click();
  expect(await background()).toBe('rgb(20, 24, 29)');
  await page.reload();
  expect(await button.innerText()).toBe('Theme: dark');
  expectQuiet();
});

test('on paper everything is there but the controls, in light colours', async () => {
  const { page } = await openReport({ browsing: { colorScheme: 'dark' } });
  await page.emulateMedia({ media: 'print' });
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  for (const selector of ['.theme-button', '.filters', '.sections'])
    expect(await page.locator(selector).isVisible()).toBe(false);
  expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  // Drawn at once, without being scrolled to.
  for (const canvas of await page.locator('canvas').all())
    expect(await colourCount(canvas)).toBeGreaterThan(5);
  expect(await page.locator('.tasks tbody tr').count()).toBe(12);
  expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
  await page.evaluate("dispatchEvent(new Event('afterprint'))");
  expectQuiet();
});

test('a narrow window scrolls its tables and nothing else', async () => {
  const { page } = await openReport({ browsing: { viewport: { width: 400, height: 800 } } });
  const overflow = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(await overflow()).toBe(0);
  await page.locator('.mark').first().click();
  await page.locator('.waterfall').waitFor();
  expect(await overflow()).toBe(0);
  expectQuiet();
});

const hostile =
  '"\'></title></style></script><script>window.ran=1</script><img src=x onerror="window.ran=2"><svg onload=window.ran=3><!-- {{7*7}} `javascript:window.ran=4` \u2028\u0000';

test.each([false, true])('hostile text in every field is text, split: %s', async (split) => {
  const { page, document } = await openReport({ size: { hostile }, split });
  for (const summary of await page.locator('summary').all()) await summary.click();
  for (const canvas of await page.locator('canvas').all()) await untilDrawn(canvas);
  expect(await page.locator('h1').innerText()).toContain('<img src=x onerror="window.ran=2">');
  await page.locator('.mark').first().click();
  await page.locator('.waterfall').waitFor();
  await page.getByRole('button', { name: 'Unfold all tool calls' }).click();
  expect(await page.locator('h1').innerText()).toContain('<script>window.ran=1</script>');
  expect(await page.locator('.diff').innerText()).toContain('<svg onload=window.ran=3>');
  expect(await page.locator('img, svg').count()).toBe(0);
  expect(await page.evaluate('window.ran')).toBe(undefined);
  expect(document.title).toContain(hostile);
  expectQuiet();
});
