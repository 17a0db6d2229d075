import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EvalrunError, messageOf } from '../domain/errors.ts';
import { type TrialRecord, trialRecordSchema } from '../domain/record.ts';
import { type ImportedRun, importedRunSchema, type Run, runSchema } from '../domain/run.ts';
import { writeFileAtomically } from '../lib/atomic-file.ts';
import { type JsonLines, readJsonLines } from '../lib/json-lines.ts';
import { runFiles } from './run-folder.ts';
import { acquireRunLock, type RunLock } from './run-lock.ts';

/**
 * The writing side of a run's folder. `append` is flushed to the disk before it resolves, and a failure to
 * write is a failure of the run: nobody is told of a trial that is not on the disk.
 */
export class ResultStore implements AsyncDisposable {
  readonly folder: string;
  #run: Run;
  readonly #lock: RunLock;
  readonly #trials: FileHandle;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, run: Run, lock: RunLock, trials: FileHandle) {
    this.folder = folder;
    this.#run = run;
    this.#lock = lock;
    this.#trials = trials;
  }

  /** Starts a run's folder; throws EvalrunError('usage') when it exists. */
  static async create(folder: string, run: Run): Promise<ResultStore> {
    await makeNew(folder, run.runId);
    try {
      await guard(folder, mkdir(join(folder, 'trials')));
      return await ResultStore.#open(folder, run);
    } catch (error) {
      // Without its run.json a folder can be neither resumed nor made anew; the first failure is the one to tell.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Goes on with a run; the caller has read and checked it. */
  static async reopen(folder: string, run: Run): Promise<ResultStore> {
    return ResultStore.#open(folder, run);
  }

  static async #open(folder: string, run: Run): Promise<ResultStore> {
    const lock = await acquireRunLock(join(folder, runFiles.lock), run.runId);
    try {
      await guard(folder, writeFileAtomically(join(folder, runFiles.run), pretty(run)));
      const trials = await guard(folder, openTrials(join(folder, runFiles.trials)));
      return new ResultStore(folder, run, lock, trials);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get run(): Run {
    return this.#run;
  }

  /** One line, whole and flushed; calls are written one after the other. */
  append(record: TrialRecord): Promise<void> {
    const line = `${JSON.stringify(trialRecordSchema.parse(record))}\n`;
    const written = this.#writing.then(() => guard(this.folder, this.#write(line)));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(line: string): Promise<void> {
    const { size } = await this.#trials.stat();
    try {
      await this.#trials.appendFile(line);
      await this.#trials.sync();
    } catch (error) {
      // Half a line would spoil the next one; when there is room again it must start on its own.
      await this.#trials.truncate(size);
      throw error;
    }
  }

  /** Rewrites run.json by rename. */
  async update(change: (run: Run) => Run): Promise<void> {
    this.#run = runSchema.parse(change(this.#run));
    const written = this.#writing.then(() =>
      guard(this.folder, writeFileAtomically(join(this.folder, runFiles.run), pretty(this.#run))),
    );
    this.#writing = written.catch(() => undefined);
    await written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    try {
      await this.#trials.close();
    } finally {
      await this.#lock.release();
    }
  }
}

/** Of two that start with one id only one makes the folder. */
async function makeNew(folder: string, runId: string): Promise<void> {
  await guard(folder, mkdir(dirname(folder), { recursive: true }));
  const isThere = await mkdir(folder).then(
    () => false,
    (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? true : guard(folder, Promise.reject(error))),
  );
  if (!isThere) return;
  throw new EvalrunError(
    `${folder} exists already; choose another --run-id, or \`evalrun resume ${runId}\``,
    { code: 'usage' },
  );
}

async function openTrials(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+');
  try {
    await endTornLine(file);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** After a kill the last line may be half a line: what is appended next must start on its own. */
async function endTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] !== 0x0a) await file.appendFile('\n');
}

async function guard<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new EvalrunError(
      `results cannot be written to ${folder}: ${messageOf(cause)}; what was written before is kept, ` +
        'and `evalrun resume` goes on with it when there is room',
      { code: 'storage', cause },
    );
  }
}

function pretty(run: Run): string {
  return `${JSON.stringify(run, null, 2)}\n`;
}

export interface StoredRun {
  readonly folder: string;
  readonly run: Run;
  readonly records: JsonLines<TrialRecord>;
}

export interface AnyStoredRun extends Omit<StoredRun, 'run'> {
  readonly run: Run | ImportedRun;
}

/** Reads a run that was measured here; an imported one is refused, since nothing of it can be run again. */
export async function readRun(folder: string): Promise<StoredRun> {
  const stored = await readAnyRun(folder);
  if (!('imported' in stored.run)) return { ...stored, run: stored.run };
  const { system } = stored.run.imported;
  throw new EvalrunError(`${folder}: imported from ${system}; it can be reported and compared, not run`, {
    code: 'usage',
  });
}

/** Reads a run's folder, imported ones too. Throws EvalrunError('usage') when it holds no readable run.json. */
export async function readAnyRun(folder: string): Promise<AnyStoredRun> {
  const run = await readRunDocument(folder);
  return { folder, run, records: await readJsonLines(join(folder, runFiles.trials), trialRecordSchema) };
}

/** run.json alone. Throws as `readAnyRun` does. */
export async function readRunDocument(folder: string): Promise<Run | ImportedRun> {
  const path = join(folder, runFiles.run);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EvalrunError(`${path}: not a run's folder (${messageOf(cause)})`, { code: 'usage', cause });
  });
  const document = parseJson(text, path);
  const isImported = typeof document === 'object' && document !== null && 'imported' in document;
  const parsed = (isImported ? importedRunSchema : runSchema).safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new EvalrunError(`${path}: ${issue?.path.map(String).join('.')}: ${issue?.message}`, {
      code: 'usage',
    });
  }
  return parsed.data;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvalrunError(`${path}: not valid JSON`, { code: 'usage', cause });
  }
}
