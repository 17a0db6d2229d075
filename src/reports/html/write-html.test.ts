import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportDocument } from '../../testing/report-document.ts';
import { trialPages } from '../../testing/trial-pages.ts';
import type { TrialPage } from '../report-document.ts';
import { readPageAssets } from './page-assets.ts';
import { splitFromBytes, writeHtmlReport } from './write-html.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-html-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const document = reportDocument({ tasks: 2, attempts: 1 });
const source = trialPages(document, { turns: 2 });

const unpack = (packed: string): TrialPage =>
  JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString());

async function allPages(): Promise<TrialPage[]> {
  const pages: TrialPage[] = [];
  for await (const page of source.pages()) pages.push(page);
  return pages;
}

test('one file holds the report and, packed, every trial', async () => {
  expect(await writeHtmlReport(document, source, { folder })).toEqual([join(folder, 'report.html')]);
  expect(await readdir(folder)).toEqual(['report.html']);
  const html = await readFile(join(folder, 'report.html'), 'utf8');
  const packed = [...html.matchAll(/<script type="text\/plain" data-trial="[^"]*">([^<]*)<\/script>/g)];
  expect(packed.map(([, text]) => unpack(text ?? ''))).toEqual(await allPages());
});

test('a split report has a script for each trial beside it', async () => {
  const paths = await writeHtmlReport(document, source, { folder, split: true });
  expect(paths).toEqual([join(folder, 'report.html'), join(folder, 'trials')]);
  const pages = await allPages();
  expect((await readdir(join(folder, 'trials'))).toSorted()).toEqual(pages.map((_, at) => `${at}.js`));
  const script = await readFile(join(folder, 'trials/1.js'), 'utf8');
  expect(unpack(/^evalrunTrial\(1,"([^"]*)"\);\n$/.exec(script)?.[1] ?? '')).toEqual(pages[1]);
});

test('splits by itself from the stated size on', async () => {
  const sized = (approximateBytes: number) => ({ ...source, approximateBytes });
  await writeHtmlReport(document, sized(splitFromBytes), { folder });
  expect(await readdir(folder)).toContain('trials');
  await writeHtmlReport(document, sized(splitFromBytes - 1), { folder });
  // The trials of the report before are gone with it.
  expect(await readdir(folder)).toEqual(['report.html']);
});

test('a report that fails half way leaves the one before as it was', async () => {
  await writeHtmlReport(document, source, { folder });
  const before = await readFile(join(folder, 'report.html'), 'utf8');
  const broken = {
    ...source,
    async *pages(): AsyncGenerator<TrialPage> {
      yield* (await allPages()).slice(0, 1);
      throw new Error('the disk went away');
    },
  };
  await expect(writeHtmlReport(document, broken, { folder })).rejects.toThrow('the disk went away');
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toBe(before);
  expect(await readdir(folder)).toEqual(['report.html']);
});

test('without a build it is said what to run', async () => {
  await expect(readPageAssets(folder)).rejects.toThrow(
    /report-app\.js: the page .* is not built; run `npm run build`/,
  );
});

test('nothing in the data can end its script, and the policy lets only our own run', async () => {
  const hostile = '</script><script>1</script><!--';
  const attacked = reportDocument({ tasks: 1, attempts: 1, hostile });
  await writeHtmlReport(attacked, trialPages(attacked, { hostile }), { folder });
  const html = await readFile(join(folder, 'report.html'), 'utf8');
  expect(html).not.toContain(hostile);
  // One for the data, one for the page, and one for each trial.
  expect(html.match(/<script/g)).toHaveLength(2 + 2);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; img-src data:; connect-src 'none'/,
  );
});
