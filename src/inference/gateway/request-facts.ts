import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { RequestRecord } from '../../domain/request-record.ts';
import { asNumber, asObject, asText, type JsonObject, parseObject } from '../transports/json.ts';
import type { Route } from './doors.ts';

/** What the gateway has to know of a request before it goes on; read beside the bytes. */
export interface RequestFacts {
  readonly model: string;
  readonly kind: RequestRecord['kind'];
  readonly chained: boolean;
  /** The request's own limit of the answer. */
  readonly maxOutput: number | undefined;
}

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>;

const decompressors: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

const longestBody = 256 * 1024 * 1024;

/** The JSON object that a body holds, compressed or not; undefined where it holds none that can be read. */
export function readBody(
  bytes: Buffer,
  encoding: string | undefined,
): JsonObject | undefined | Promise<JsonObject | undefined> {
  if (encoding === undefined || encoding === 'identity') return parseObject(bytes.toString('utf8'));
  return readCompressed(bytes, encoding);
}

async function readCompressed(bytes: Buffer, encoding: string): Promise<JsonObject | undefined> {
  const decompress = decompressors[encoding.trim().toLowerCase()];
  if (decompress === undefined) return undefined;
  try {
    const plain = await decompress(bytes, { maxOutputLength: longestBody });
    return parseObject(Buffer.from(plain).toString('utf8'));
  } catch {
    return undefined; // not what its header says, or too much of it
  }
}

export interface FactsOptions {
  readonly route: Route;
  readonly body: JsonObject;
  /** What Codex says beside the body of an HTTP request. */
  readonly turnMetadata: string | undefined;
  /** The trial's own model; calls to another one are side calls. */
  readonly ownModel: string | undefined;
}

export function readFacts({ route, body, turnMetadata, ownModel }: FactsOptions): RequestFacts {
  const model = asText(body['model']) ?? '';
  const said = asText(asObject(body['client_metadata'])?.[turnMetadataHeader]) ?? turnMetadata;
  return {
    model,
    kind: kindOf(route, body, { said, isOwnModel: model === ownModel }),
    chained: asText(body['previous_response_id']) !== undefined,
    maxOutput: maxOutputOf(body),
  };
}

/** Codex's account of a turn, as a header and again in `client_metadata`. */
export const turnMetadataHeader = 'x-codex-turn-metadata';

/** What Codex says that a request is for; undefined where it says nothing. */
export function requestKindOf(turnMetadata: string | undefined): RequestRecord['kind'] | undefined {
  if (turnMetadata === undefined) return undefined;
  const said = parseObject(turnMetadata)?.['request_kind'];
  return said === 'prewarm' || said === 'compaction' || said === 'turn' ? said : undefined;
}

function kindOf(
  { door, purpose }: Route,
  body: JsonObject,
  { said, isOwnModel }: { readonly said: string | undefined; readonly isOwnModel: boolean },
): RequestRecord['kind'] {
  if (body['generate'] === false) return 'prewarm';
  if (purpose === 'compaction') return 'compaction';
  if (purpose === 'count' || !isOwnModel) return 'side';
  if (door.name === 'responses') return requestKindOf(said) ?? 'turn';
  return isSmall(body) ? 'side' : 'turn';
}

/** A title, a topic, a quota probe: a few words are asked for and no tool is offered. */
const smallOutput = 512;

function isSmall(body: JsonObject): boolean {
  const { tools } = body;
  const hasTools = Array.isArray(tools) && tools.length > 0;
  return !hasTools && (maxOutputOf(body) ?? Number.POSITIVE_INFINITY) <= smallOutput;
}

function maxOutputOf(body: JsonObject): number | undefined {
  return (
    asNumber(body['max_output_tokens']) ??
    asNumber(body['max_completion_tokens']) ??
    asNumber(body['max_tokens'])
  );
}
