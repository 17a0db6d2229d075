import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReportDocument, TrialPage } from '../report-document.ts';
import { packTrial } from './pack-trial.ts';
import { type PageAssets, readPageAssets } from './page-assets.ts';
import type { PageData, PageStore } from './page-data.ts';
import { embeddedTrial, pageEnd, pageStart, trialFile } from './page-text.ts';

/** The trials' pages of a report, made one at a time. */
export interface TrialPageSource {
  readonly count: number;
  /** Of all pages together before they are packed; decides whether they are put beside the file. */
  readonly approximateBytes: number;
  pages(): AsyncIterable<TrialPage>;
}

export interface HtmlOptions {
  readonly folder: string;
  /** Trials in files beside the report instead of within it. Default: when they are large. */
  readonly split?: boolean;
}

/**
 * From here on trials are put beside the file. The table is there at once at any size, but a trial in the file
 * only when all before it is read: 2 seconds at about 400 MB of trials, on two cores; half of it for slower ones.
 */
export const splitFromBytes = 200_000_000;

/** Writes `report.html`, and `trials/` where it is split; returns the paths. */
export async function writeHtmlReport(
  document: ReportDocument,
  pages: TrialPageSource,
  options: HtmlOptions,
): Promise<string[]> {
  const assets = await readPageAssets();
  const { folder, split = pages.approximateBytes >= splitFromBytes } = options;
  await mkdir(folder, { recursive: true });
  // What an earlier report left would belong to other trials.
  await rm(join(folder, 'trials'), { recursive: true, force: true });
  return split ? writeBeside(document, pages, folder, assets) : writeWithin(document, pages, folder, assets);
}

async function writeWithin(
  document: ReportDocument,
  pages: TrialPageSource,
  folder: string,
  assets: PageAssets,
): Promise<string[]> {
  const path = join(folder, 'report.html');
  await writeWhole(path, textsWithin(document, pages, assets));
  return [path];
}

async function* textsWithin(
  document: ReportDocument,
  pages: TrialPageSource,
  assets: PageAssets,
): AsyncGenerator<string> {
  yield reportStart(document, { kind: 'within' }, assets);
  for await (const page of pages.pages()) yield embeddedTrial(page.id, await packTrial(page));
  yield pageEnd;
}

async function writeBeside(
  document: ReportDocument,
  pages: TrialPageSource,
  folder: string,
  assets: PageAssets,
): Promise<string[]> {
  const trials = join(folder, 'trials');
  await mkdir(trials);
  const ids: string[] = [];
  for await (const page of pages.pages()) {
    const position = ids.push(page.id) - 1;
    await writeFile(join(trials, `${position}.js`), trialFile(position, await packTrial(page)));
  }
  const path = join(folder, 'report.html');
  await writeWhole(path, [reportStart(document, { kind: 'beside', ids }, assets), pageEnd]);
  return [path, trials];
}

/** The title of a window or a bookmark says SIMULATED too. */
export function reportStart(
  document: ReportDocument,
  pages: PageStore,
  assets: PageAssets,
  home?: string,
): string {
  const data: PageData = { screen: 'report', document, pages, ...(home === undefined ? {} : { home }) };
  return pageStart([...document.labels, document.title].join(' · '), data, assets);
}

/** A report that could not be written to its end does not take the place of an earlier one. */
async function writeWhole(path: string, texts: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const sibling = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(texts), createWriteStream(sibling));
    await rename(sibling, path);
  } catch (error) {
    await rm(sibling, { force: true });
    throw error;
  }
}
