import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { TransportName } from '../../domain/model.ts';
import { type JsonLines, readJsonLines } from '../../lib/json-lines.ts';
import { cassetteFiles } from './cassette-folder.ts';
import {
  type CassetteLine,
  type CassetteManifest,
  cassetteLineSchema,
  cassetteSchema,
  type RecordedTry,
  recordedTrySchema,
} from './cassette-schema.ts';

export interface Cassette {
  readonly folder: string;
  readonly manifest: CassetteManifest;
  /** Tries that came to their end, in that order, by trial. */
  readonly tries: ReadonlyMap<string, readonly RecordedTry[]>;
  /** Lines of the index that could not be read, as sentences. */
  readonly unreadable: readonly string[];
}

/** Reads what a cassette holds, without its exchanges. Throws EvalrunError('usage') where there is none. */
export async function readCassette(folder: string): Promise<Cassette> {
  const path = join(folder, cassetteFiles.manifest);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EvalrunError(`--replay ${folder}: no recording (${messageOf(cause)})`, {
      code: 'usage',
      cause,
    });
  });
  const tries = await readJsonLines(join(folder, cassetteFiles.tries), recordedTrySchema);
  return {
    folder,
    manifest: manifestOf(text, path),
    tries: Map.groupBy(tries.values, ({ trialId }) => trialId),
    unreadable: tries.unreadable.map(
      ({ line, reason }) => `${cassetteFiles.tries} line ${line} is not readable: ${reason}`,
    ),
  };
}

function manifestOf(text: string, path: string): CassetteManifest {
  try {
    return cassetteSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EvalrunError(`${path}: not a recording of this version: ${messageOf(cause)}`, {
      code: 'usage',
      cause,
    });
  }
}

type LineOf<Kind extends CassetteLine['kind']> = CassetteLine & { readonly kind: Kind };

/** An exchange as it is to be played. */
export interface StoredExchange {
  readonly number: number;
  readonly transport: TransportName;
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Parsed JSON, or text; undefined where a connection was only tried for. */
  readonly body: unknown;
  readonly sentUs: number;
  readonly accepted: Pick<LineOf<'accepted'>, 'status' | 'headers' | 'atUs'> | undefined;
  readonly chunks: readonly StoredChunk[];
  readonly end: Pick<LineOf<'end'>, 'how' | 'atUs'>;
}

export interface StoredChunk {
  readonly bytes: Buffer;
  readonly isText: boolean;
  readonly atUs: number;
}

/** The exchanges of one try. Throws EvalrunError('storage') where some of them is torn: it cannot be played as it was. */
export async function readTry(folder: string, recorded: RecordedTry): Promise<readonly StoredExchange[]> {
  const path = join(folder, recorded.file);
  const lines = await readJsonLines(path, cassetteLineSchema);
  refuseUnreadable(lines, path);
  const byExchange = Map.groupBy(lines.values, ({ exchange }) => exchange);
  const exchanges = [...byExchange.values()].map(exchangeOf).filter((one) => one !== undefined);
  if (exchanges.length === recorded.exchanges) return exchanges;
  throw new EvalrunError(
    `${path}: the recording is torn: ${exchanges.length} of ${recorded.exchanges} exchanges are whole`,
    { code: 'storage' },
  );
}

function refuseUnreadable({ unreadable }: JsonLines<CassetteLine>, path: string): void {
  const [first] = unreadable;
  if (first === undefined) return;
  throw new EvalrunError(
    `${path}: the recording is torn: ${unreadable.length} lines cannot be read, the first is line ${first.line}: ${first.reason}`,
    { code: 'storage' },
  );
}

function exchangeOf(lines: readonly CassetteLine[]): StoredExchange | undefined {
  const request = lines.find((line) => line.kind === 'request');
  const end = lines.find((line) => line.kind === 'end');
  if (request === undefined || end === undefined) return undefined;
  return {
    number: request.exchange,
    transport: request.transport,
    path: request.path,
    metadata: request.metadata,
    body: request.json ?? request.text ?? request.base64,
    sentUs: request.sentUs,
    accepted: lines.find((line) => line.kind === 'accepted'),
    chunks: lines.filter((line) => line.kind === 'chunk').map(chunkOf),
    end,
  };
}

function chunkOf({ text, base64, atUs }: LineOf<'chunk'>): StoredChunk {
  if (text !== undefined) return { bytes: Buffer.from(text), isText: true, atUs };
  return { bytes: Buffer.from(base64 ?? '', 'base64'), isText: false, atUs };
}
