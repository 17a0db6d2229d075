import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Waits to be written: turned into text only when its turn comes, away from the stamps of the wire. */
interface Pending {
  readonly sizeBytes: number;
  readonly toLine: () => string;
}

/** A disk that falls so far behind the wire has failed. */
const mostPendingBytes = 64 * 1024 * 1024;

export interface TryFileOptions {
  readonly path: string;
  /** Called once with the first failure; nothing is written after it. */
  readonly onFailure: (cause: unknown) => void;
}

/** Appends lines in order without making the caller wait; what waits for the disk has a limit. */
export class TryFile {
  readonly #options: TryFileOptions;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #file: FileHandle | undefined;
  #draining: Promise<void> | undefined;
  #failed = false;
  #closed = false;

  constructor(options: TryFileOptions) {
    this.#options = options;
  }

  append(sizeBytes: number, toLine: () => string): void {
    if (this.#failed || this.#closed) return;
    this.#pending.push({ sizeBytes, toLine });
    this.#pendingBytes += sizeBytes;
    if (this.#pendingBytes > mostPendingBytes) {
      this.#fail(new Error(`the disk is too slow: ${this.#pendingBytes} bytes wait to be written`));
      return;
    }
    this.#draining ??= this.#drain();
  }

  /** Resolves when everything is on the disk, or has failed; what comes later is not kept. Harmless twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.datasync();
    } catch (error) {
      this.#fail(error);
    } finally {
      await file?.close().catch((error: unknown) => this.#fail(error));
    }
  }

  async #drain(): Promise<void> {
    try {
      await undefined; // first the caller reads what arrived, then it is written down
      this.#file ??= await openNew(this.#options.path);
      while (this.#pending.length > 0) {
        const batch = this.#pending;
        this.#pending = [];
        await this.#file.appendFile(batch.map(({ toLine }) => toLine()).join(''));
        for (const { sizeBytes } of batch) this.#pendingBytes -= sizeBytes;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = undefined;
    }
  }

  #fail(cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#pending = [];
    this.#options.onFailure(cause);
  }
}

/** What a killed process left of the same try is not part of it. */
async function openNew(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  return open(path, 'w');
}
