import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { splitFromBytes, writeHtmlReport } from '../src/reports/html/write-html.ts';
import { timeToTrialMs, timeToUseMs } from '../src/testing/open-times.ts';
import { launchChromium } from '../src/testing/report-browser.ts';
import { reportDocument } from '../src/testing/report-document.ts';
import { trialPages } from '../src/testing/trial-pages.ts';

interface Shape {
  readonly name: string;
  /** Two arms, one attempt: two trials a task. */
  readonly tasks: number;
  readonly turns: number;
  readonly outputLetters: number;
  /** Undefined: as it is decided by itself. */
  readonly split: boolean | undefined;
}

const texts = { turns: 20, outputLetters: 1200 };
const shapes: readonly Shape[] = [
  { name: '10,000 trials with 200,000 requests', tasks: 5000, ...texts, split: undefined },
  { name: 'the same in one file', tasks: 5000, ...texts, split: false },
  { name: '5,000 trials with 100,000 requests', tasks: 2500, ...texts, split: undefined },
  { name: '24 trials', tasks: 12, ...texts, split: undefined },
];

/** Seconds until a report can be used in Chromium, and whether it is split. */
export async function measureHtmlReport(): Promise<string[]> {
  const browser = await launchChromium();
  try {
    const lines: string[] = [];
    for (const shape of shapes) lines.push(...(await measure(browser, shape)));
    return lines;
  } finally {
    await browser.close();
  }
}

async function measure(browser: Browser, shape: Shape): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-bench-html-'));
  try {
    const document = reportDocument({ tasks: shape.tasks, attempts: 1 });
    const pages = trialPages(document, shape);
    const start = performance.now();
    const split = shape.split === undefined ? {} : { split: shape.split };
    await writeHtmlReport(document, pages, { folder, ...split });
    const writtenMs = performance.now() - start;
    const file = join(folder, 'report.html');
    const url = pathToFileURL(file).href;
    const usableMs = await timeToUseMs(browser, url);
    const last = document.tasks.at(-1)?.trials['deep']?.at(-1)?.id ?? '';
    const lastMs = await timeToTrialMs(browser, url, last);
    const place = (await readdir(folder)).includes('trials') ? 'split' : 'one file';
    return [
      `${shape.name}: ${mb(pages.approximateBytes)} MB of trials (split from ${mb(splitFromBytes)}), ${place}; report.html has ${mb((await stat(file)).size)} MB, written in ${seconds(writtenMs)} s`,
      `  usable (first task there, a filter answers) after ${seconds(usableMs)} s; its last trial opened by address after ${seconds(lastMs)} s`,
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
