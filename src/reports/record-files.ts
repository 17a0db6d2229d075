import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arm, armKey } from '../domain/arm.ts';
import { type Cell, type Column, CsvFile } from './csv-file.ts';
import { type LoadedRun, loadRun, type RecordSink } from './load-run.ts';
import { requestColumns } from './request-columns.ts';
import { trialColumns } from './trial-columns.ts';

/**
 * Reads runs one after the other and writes `trials.csv` (a row for each try) and `requests.csv` (one for each
 * request) as their records pass by. Only the chosen arms' rows are written.
 */
export class RecordFiles implements AsyncDisposable {
  readonly #trials: CsvFile;
  readonly #requests: CsvFile;
  #hasHeads = false;

  private constructor(folder: string) {
    this.#trials = new CsvFile(join(folder, 'trials.csv'));
    this.#requests = new CsvFile(join(folder, 'requests.csv'));
  }

  static async open(folder: string): Promise<RecordFiles> {
    await mkdir(folder, { recursive: true });
    return new RecordFiles(folder);
  }

  get paths(): string[] {
    return [this.#trials.path, this.#requests.path];
  }

  /** Columns are the same for all runs; what stands in them depends on the run. */
  async load(
    folder: string,
    isChosen: (arm: Arm) => boolean = () => true,
    signal?: AbortSignal,
  ): Promise<LoadedRun> {
    return loadRun(folder, { listen: (run) => this.#sinkOf(run, isChosen), signal });
  }

  async #sinkOf(run: LoadedRun['run'], isChosen: (arm: Arm) => boolean): Promise<RecordSink> {
    const [ofTrials, ofRequests] = [trialColumns(run), requestColumns(run)];
    if (!this.#hasHeads) {
      this.#hasHeads = true;
      await this.#trials.write(namesOf(ofTrials));
      await this.#requests.write(namesOf(ofRequests));
    }
    const chosen = new Set(run.arms.filter(isChosen).map(armKey));
    return {
      onTry: (record) =>
        chosen.has(armKey(record.arm)) ? this.#trials.write(cellsOf(ofTrials, record)) : undefined,
      onRequest: (record, tryOf) =>
        chosen.has(armKey(tryOf.arm))
          ? this.#requests.write(cellsOf(ofRequests, { record, tryOf }))
          : undefined,
    };
  }

  async close(): Promise<void> {
    await this.#trials.close();
    await this.#requests.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#trials[Symbol.asyncDispose](), this.#requests[Symbol.asyncDispose]()]);
  }
}

function namesOf<Row>(columns: readonly Column<Row>[]): string[] {
  return columns.map(({ name }) => name);
}

function cellsOf<Row>(columns: readonly Column<Row>[], row: Row): Cell[] {
  return columns.map(({ value }) => value(row));
}
