import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { type LatencyDocument, latencyDocumentSchema } from '../../domain/latency-document.ts';
import { type RequestRecord, requestRecordSchema } from '../../domain/request-record.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';

/** requests.jsonl as they end, latency.json at the end. A failure to write is a failure of the measurement. */
export class LatencyStore implements AsyncDisposable {
  readonly folder: string;
  readonly #requests: FileHandle;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, requests: FileHandle) {
    this.folder = folder;
    this.#requests = requests;
  }

  static async create(folder: string): Promise<LatencyStore> {
    await storing(folder, mkdir(dirname(folder), { recursive: true }));
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') return storing(folder, Promise.reject(error));
      throw new EvalrunError(`${folder} exists already; choose another --run-id`, { code: 'usage' });
    });
    return new LatencyStore(folder, await storing(folder, open(join(folder, 'requests.jsonl'), 'a')));
  }

  append(record: RequestRecord): Promise<void> {
    const line = `${JSON.stringify(requestRecordSchema.parse(record))}\n`;
    const written = this.#writing.then(() => storing(this.folder, this.#requests.appendFile(line)));
    this.#writing = written.catch(() => undefined); // whoever appended hears of it
    return written;
  }

  written(): Promise<void> {
    return this.#writing;
  }

  async finish(document: LatencyDocument): Promise<void> {
    const text = `${JSON.stringify(latencyDocumentSchema.parse(document), null, 2)}\n`;
    await storing(this.folder, this.#requests.datasync());
    await storing(this.folder, writeFileAtomically(join(this.folder, 'latency.json'), text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#requests.close();
  }
}

async function storing<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new EvalrunError(`results cannot be written to ${folder}: ${messageOf(cause)}`, {
      code: 'storage',
      cause,
    });
  }
}
