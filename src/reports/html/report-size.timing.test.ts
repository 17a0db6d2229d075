import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { timeToTrialMs, timeToUseMs } from '../../testing/open-times.ts';
import { launchChromium } from '../../testing/report-browser.ts';
import { reportDocument } from '../../testing/report-document.ts';
import { trialPages } from '../../testing/trial-pages.ts';
import type { ReportDocument } from '../report-document.ts';
import { splitFromBytes, writeHtmlReport } from './write-html.ts';

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-size-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const barMs = 2000;

async function write(tasks: number): Promise<{ document: ReportDocument; bytes: number; url: string }> {
  const document = reportDocument({ tasks, attempts: 1 });
  const pages = trialPages(document, { turns: 20, outputLetters: 1200 });
  await writeHtmlReport(document, pages, { folder });
  const url = pathToFileURL(join(folder, 'report.html')).href;
  return { document, bytes: pages.approximateBytes, url };
}

async function medianOfThree(measure: () => Promise<number>): Promise<number> {
  const times = [await measure(), await measure(), await measure()];
  return times.sort((a, b) => a - b)[1] ?? Number.NaN;
}

test('10,000 trials with 200,000 requests are usable within two seconds', async () => {
  const { url } = await write(5000);
  expect(await readdir(folder)).toContain('trials');
  expect(await medianOfThree(() => timeToUseMs(browser, url))).toBeLessThan(barMs);
});

test('the largest report that is one file shows its last trial within two seconds', async () => {
  const bytesOfOne = bytesOf(100) / 100;
  const { document, url, bytes } = await write(Math.floor(splitFromBytes / bytesOfOne) - 1);
  expect(bytes).toBeGreaterThan(splitFromBytes * 0.9);
  expect(await readdir(folder)).toEqual(['report.html']);
  const last = document.tasks.at(-1)?.trials['deep']?.at(-1)?.id ?? '';
  expect(await medianOfThree(() => timeToTrialMs(browser, url, last))).toBeLessThan(barMs);
});

function bytesOf(tasks: number): number {
  const document = reportDocument({ tasks, attempts: 1 });
  return trialPages(document, { turns: 20, outputLetters: 1200 }).approximateBytes;
}
