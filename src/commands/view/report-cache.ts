import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportDocument, TrialPage } from '../../reports/report-document.ts';
import { runFiles } from '../../results/run-folder.ts';

/** A run's report with its trials' pages, which are made when they are opened. */
export interface OpenReport {
  readonly document: ReportDocument;
  /** Of the trials' pages, by position. */
  readonly ids: readonly string[];
  page(position: number): Promise<TrialPage | undefined>;
}

export type OpenRun = (folder: string, signal: AbortSignal) => Promise<OpenReport>;

interface Kept {
  readonly stamp: string;
  readonly report: Promise<OpenReport>;
}

/** Large reports take seconds to make and much memory to keep. */
const mostKept = 3;

/** Makes a run's report once for as long as its records stay as they are. */
export class ReportCache {
  readonly #open: OpenRun;
  readonly #kept = new Map<string, Kept>();

  constructor(open: OpenRun) {
    this.#open = open;
  }

  async report(folder: string, signal: AbortSignal): Promise<OpenReport> {
    const stamp = await stampOf(folder);
    const found = this.#kept.get(folder);
    this.#kept.delete(folder);
    const kept = found?.stamp === stamp ? found : { stamp, report: this.#open(folder, signal) };
    this.#kept.set(folder, kept);
    for (const oldest of [...this.#kept.keys()].slice(0, -mostKept)) this.#kept.delete(oldest);
    // One that failed is made again when it is asked for again.
    kept.report.catch(() => this.#kept.delete(folder));
    return kept.report;
  }
}

async function stampOf(folder: string): Promise<string> {
  const stamps = [runFiles.run, runFiles.trials].map(async (name) => {
    const found = await stat(join(folder, name)).catch(() => undefined);
    return found === undefined ? 'none' : `${found.mtimeMs} ${found.size}`;
  });
  return (await Promise.all(stamps)).join(' ');
}
