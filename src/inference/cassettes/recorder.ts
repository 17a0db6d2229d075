import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvalrunError } from '../../domain/errors.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { cassetteFiles, tryFileName } from './cassette-folder.ts';
import {
  type CassetteManifest,
  cassetteSchema,
  cassetteSchemaVersion,
  type RecordedTry,
} from './cassette-schema.ts';
import { type Redact, redactor } from './encode-lines.ts';
import { RecordedExchange } from './recorded-exchange.ts';
import { storageFailure } from './storage-failure.ts';
import { TryFile } from './try-file.ts';
import type { TappedExchange, TappedRequest, WireTap } from './wire-tap.ts';

/** Keeps every exchange of a run in a folder; the taps call it, the run tells it where a try begins and ends. */
export interface Recorder extends WireTap, AsyncDisposable {
  /** What is tapped for this trial from now on belongs to this try. Without it: to the first. */
  beginTry(trialId: string, number: number): void;
  /** Resolves when the try is on the disk; throws EvalrunError('storage') when anything could not be written. */
  endTry(trialId: string, how: TryEnding): Promise<void>;
  /** Aborted, with that error as reason, as soon as something could not be written. */
  readonly failed: AbortSignal;
}

type TryEnding = Pick<RecordedTry, 'final' | 'status' | 'code'>;

export interface RecorderOptions {
  readonly folder: string;
  readonly manifest: CassetteManifest;
  /** Keys of the providers; should one come back in an answer it is taken out. */
  readonly secrets: readonly string[];
}

/** Throws EvalrunError('usage') where the folder holds the recording of another run. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  await claimFolder(options);
  return new FolderRecorder(options);
}

async function claimFolder({ folder, manifest }: RecorderOptions): Promise<void> {
  const path = join(folder, cassetteFiles.manifest);
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before !== undefined) return refuseOther(before, folder, manifest);
  try {
    await mkdir(folder, { recursive: true });
    await writeFileAtomically(path, `${JSON.stringify(cassetteSchema.parse(manifest), null, 2)}\n`);
  } catch (error) {
    throw storageFailure(folder, error);
  }
}

/** A resumed run goes on with its own recording. */
function refuseOther(text: string, folder: string, manifest: CassetteManifest): void {
  const runId = /"runId":\s*"([^"]*)"/.exec(text)?.[1];
  if (runId === manifest.runId) return;
  throw new EvalrunError(
    `--record ${folder}: there is a recording of run ${runId ?? 'unknown'} already; give another folder`,
    { code: 'usage' },
  );
}

interface OpenTry {
  readonly number: number;
  readonly name: string;
  readonly file: TryFile;
  readonly open: Set<RecordedExchange>;
  exchanges: number;
}

class FolderRecorder implements Recorder {
  readonly #folder: string;
  readonly #redact: Redact;
  readonly #tries = new Map<string, OpenTry>();
  readonly #failure = new AbortController();
  #indexing: Promise<void> = Promise.resolve();

  constructor({ folder, secrets }: RecorderOptions) {
    this.#folder = folder;
    this.#redact = redactor(secrets);
  }

  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  beginTry(trialId: string, number: number): void {
    const name = tryFileName(trialId, number);
    const file = new TryFile({
      path: join(this.#folder, name),
      onFailure: (cause) => this.#failure.abort(storageFailure(this.#folder, cause)),
    });
    this.#tries.set(trialId, { number, name, file, open: new Set(), exchanges: 0 });
  }

  begin(request: TappedRequest): TappedExchange {
    if (!this.#tries.has(request.trialId)) this.beginTry(request.trialId, 1);
    const current = this.#tries.get(request.trialId);
    if (current === undefined) throw new EvalrunError('no try was begun', { code: 'internal' });
    current.exchanges += 1;
    const exchange = new RecordedExchange({
      number: current.exchanges,
      request,
      file: current.file,
      redact: this.#redact,
      onEnd: () => current.open.delete(exchange),
    });
    current.open.add(exchange);
    return exchange;
  }

  async endTry(trialId: string, how: TryEnding): Promise<void> {
    const current = this.#tries.get(trialId);
    this.#tries.delete(trialId);
    if (current !== undefined) {
      await finish(current);
      await this.#index({
        schemaVersion: cassetteSchemaVersion,
        trialId,
        try: current.number,
        ...how,
        file: current.name,
        exchanges: current.exchanges,
      });
    }
    this.#failure.signal.throwIfAborted();
  }

  /** One line after the other, each flushed. */
  #index(line: RecordedTry): Promise<void> {
    this.#indexing = this.#indexing.then(() => this.#appendIndex(`${JSON.stringify(line)}\n`));
    return this.#indexing;
  }

  async #appendIndex(line: string): Promise<void> {
    if (this.#failure.signal.aborted) return; // its file has a hole
    try {
      await appendWhole(join(this.#folder, cassetteFiles.tries), line);
    } catch (error) {
      this.#failure.abort(storageFailure(this.#folder, error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#tries.values()].map(finish));
    await this.#indexing;
  }
}

/** An exchange that nobody ended was not wanted any more when its try ended. */
async function finish({ open: exchanges, file }: OpenTry): Promise<void> {
  for (const exchange of exchanges) exchange.giveUp();
  await file.close();
}

/** After a kill the last line may be half a line: the next one starts on its own. */
async function appendWhole(path: string, line: string): Promise<void> {
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    await file.appendFile(size > 0 && last[0] !== 0x0a ? `\n${line}` : line);
    await file.datasync();
  } finally {
    await file.close();
  }
}
