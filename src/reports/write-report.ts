import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../lib/atomic-file.ts';
import { writeCharts } from './charts/write-charts.ts';
import { comparisonColumns } from './comparison-columns.ts';
import { CsvFile } from './csv-file.ts';
import { writeHtmlReport } from './html/write-html.ts';
import { markdownReport } from './markdown.ts';
import type { ReportArm } from './report-arms.ts';
import type { ReportDocument } from './report-document.ts';
import { reportPages } from './report-pages.ts';

export const reportFormats = ['json', 'markdown', 'csv', 'png', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface WriteReportOptions {
  readonly folder: string;
  readonly formats: readonly ReportFormat[];
  /** Trials' pages beside the HTML file; default: where they are large. */
  readonly split?: boolean | undefined;
}

/** Writes a document in the wanted formats; trials.csv and requests.csv are written while the records are read. */
export async function writeReport(
  document: ReportDocument,
  arms: readonly ReportArm[],
  { folder, formats, split }: WriteReportOptions,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const writers: Readonly<Record<ReportFormat, () => Promise<string[]>>> = {
    json: () => writeText(join(folder, 'report.json'), `${JSON.stringify(document)}\n`),
    markdown: () => writeText(join(folder, 'report.md'), markdownReport(document)),
    csv: () => writeComparisons(document, folder),
    png: () => writeCharts(document, join(folder, 'charts')),
    html: async () =>
      writeHtmlReport(document, await reportPages(arms), {
        folder,
        ...(split === undefined ? {} : { split }),
      }),
  };
  const paths: string[] = [];
  for (const format of reportFormats) {
    if (formats.includes(format)) paths.push(...(await writers[format]()));
  }
  return paths;
}

async function writeText(path: string, text: string): Promise<string[]> {
  await writeFileAtomically(path, text);
  return [path];
}

async function writeComparisons(document: ReportDocument, folder: string): Promise<string[]> {
  const columns = comparisonColumns(document);
  await using file = new CsvFile(join(folder, 'comparisons.csv'));
  await file.write(columns.map(({ name }) => name));
  for (const pair of document.pairs) await file.write(columns.map(({ value }) => value(pair)));
  await file.close();
  return [file.path];
}
