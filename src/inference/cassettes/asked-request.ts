import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { metadataHeader } from '../transports/headers.ts';
import { asObject, parseObject } from '../transports/json.ts';
import { decodeBody } from './decode-body.ts';
import type { TrialRequest } from './replay.ts';

const metadataSchema = z.record(z.string(), z.string());
type Metadata = z.infer<typeof metadataSchema>;

/** Whose request this is and what it asks; a sentence where that cannot be told. */
export function readAsked(request: IncomingMessage, bytes: Uint8Array): TrialRequest | string {
  const text = Buffer.from(decodeBody(bytes)).toString('utf8');
  const body = parseObject(text) ?? text;
  const found = readTrial(request, body);
  return typeof found === 'string' ? found : { ...found, body };
}

/** The trial, by the header that whoever plays a provider is sent, else by the body's own metadata. */
export function readTrial(request: IncomingMessage, body?: unknown): Omit<TrialRequest, 'body'> | string {
  const header = request.headers[metadataHeader];
  const metadata = {
    ...(header === undefined ? {} : metadataOf(parseObject(String(header)))),
    ...metadataOf(asObject(body)?.['metadata']),
  };
  const trialId = metadata['trial'];
  if (trialId === undefined) return 'a replay answers trials by their name, and this request names none';
  return { trialId, step: metadata['step'] ?? '', path: pathBelow(request.url ?? '/') };
}

function metadataOf(value: unknown): Metadata {
  const parsed = metadataSchema.safeParse(value);
  return parsed.success ? parsed.data : {}; // a client's own metadata of another form says nothing of ours
}

/** Below the base URL. */
function pathBelow(url: string): string {
  return new URL(url, 'http://localhost').pathname.replace(/^\/v1(?=\/)/, '');
}
