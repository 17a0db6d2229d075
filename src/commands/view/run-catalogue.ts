import { basename, join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import type { RunLine } from '../../reports/html/page-data.ts';
import { isResolved } from '../../reports/report-arms.ts';
import { runTitle } from '../../reports/titles.ts';
import { finalRecords } from '../../results/final-records.ts';
import { findRun, runIds } from '../../results/find-run.ts';
import { readAnyRun } from '../../results/result-store.ts';
import { runAddress } from './route.ts';

/** Which runs are served: those that were named, or all of a folder, new ones too. */
export class RunCatalogue {
  readonly #resultsFolder: string;
  readonly #named: ReadonlyMap<string, string> | undefined;

  private constructor(resultsFolder: string, named: ReadonlyMap<string, string> | undefined) {
    this.#resultsFolder = resultsFolder;
    this.#named = named;
  }

  /** Throws EvalrunError('usage') for a name that stands for no run. */
  static async open(names: readonly string[], resultsFolder: string): Promise<RunCatalogue> {
    if (names.length === 0) return new RunCatalogue(resultsFolder, undefined);
    const folders = await Promise.all(names.map((name) => findRun(name, resultsFolder)));
    return new RunCatalogue(resultsFolder, new Map(folders.map((folder) => [basename(folder), folder])));
  }

  async folders(): Promise<ReadonlyMap<string, string>> {
    if (this.#named !== undefined) return this.#named;
    const ids = await runIds(this.#resultsFolder);
    return new Map(ids.map((id) => [id, join(this.#resultsFolder, id)]));
  }

  async folderOf(runId: string): Promise<string | undefined> {
    return (await this.folders()).get(runId);
  }

  /** The last started first. */
  async lines(): Promise<RunLine[]> {
    const lines: RunLine[] = [];
    for (const [runId, folder] of await this.folders()) lines.push(await runLine(runId, folder));
    return lines.sort((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''));
  }
}

/** A run that cannot be read has a line too, which says why. */
export async function runLine(runId: string, folder: string): Promise<RunLine> {
  const address = runAddress(runId);
  try {
    const { run, records } = await readAnyRun(folder);
    const finals = finalRecords(records.values);
    return {
      runId,
      address,
      title: runTitle(run),
      state: run.state,
      startedAt: run.startedAt,
      planned: run.tasks.length * run.arms.length * run.attempts,
      ended: finals.length,
      resolved: finals.filter(isResolved).length,
    };
  } catch (error) {
    const title = `cannot be read: ${messageOf(error)}`;
    return {
      runId,
      address,
      title,
      state: 'unreadable',
      startedAt: undefined,
      planned: 0,
      ended: 0,
      resolved: 0,
    };
  }
}
