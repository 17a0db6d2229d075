import { isUtf8 } from 'node:buffer';
import { type CassetteLine, cassetteSchemaVersion } from './cassette-schema.ts';
import { decodeBody } from './decode-body.ts';
import type { TappedRequest } from './wire-tap.ts';

export function requestLine(exchange: number, request: TappedRequest, redact: Redact): CassetteLine {
  const { trialId, metadata, transport, path, sentUs } = request;
  return {
    kind: 'request',
    schemaVersion: cassetteSchemaVersion,
    exchange,
    trialId,
    metadata: { ...metadata },
    transport,
    path,
    ...bodyOf(redact(decodeBody(request.body))),
    sentUs,
  };
}

/** Bytes as text where they are text: a chunk may end within a character. */
export function bytesOf(bytes: Uint8Array): { text: string } | { base64: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { text: buffer.toString('utf8') } : { base64: buffer.toString('base64') };
}

function bodyOf(body: Uint8Array): { json?: unknown; text?: string; base64?: string } {
  if (body.byteLength === 0) return {};
  const read = bytesOf(body);
  if (!('text' in read)) return read;
  try {
    return { json: JSON.parse(read.text) as unknown };
  } catch {
    return read; // no JSON: kept as it is
  }
}

export type Redact = (bytes: Uint8Array) => Uint8Array;

/** Takes out the keys themselves, should a provider ever send one back in an error. */
export function redactor(secrets: readonly string[]): Redact {
  const long = secrets.filter((secret) => secret.length >= 8);
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!long.some((secret) => buffer.includes(secret))) return bytes;
    const text = buffer.toString('latin1');
    const cleaned = long.reduce((left, secret) => left.replaceAll(secret, '[removed]'), text);
    return Buffer.from(cleaned, 'latin1');
  };
}
