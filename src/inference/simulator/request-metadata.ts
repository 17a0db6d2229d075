import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { metadataHeader } from '../transports/headers.ts';
import { asText, parseObject } from '../transports/json.ts';

const metadataSchema = z.record(z.string(), z.string());
type RequestMetadata = z.infer<typeof metadataSchema>;

/** What a request says beside its body: over WebSocket the upgrade says it for every request of the connection. */
export interface RequestContext {
  /** An agent in a sandbox sends none in its body; the gateway puts it here. */
  readonly metadata: Readonly<RequestMetadata>;
  /** Codex's word for what a request is for: prewarm, turn, compaction. */
  readonly requestKind: string | undefined;
}

/** The context, or the sentence that says what is wrong with it. */
export function readContext(headers: IncomingHttpHeaders): RequestContext | string {
  const metadata = metadataOf(headers[metadataHeader]);
  if (metadata === undefined) return `the header ${metadataHeader} must be a JSON object of strings`;
  return { metadata, requestKind: requestKindOf(headers[turnMetadataHeader]) };
}

export const turnMetadataHeader = 'x-codex-turn-metadata';

/** `request_kind` of what Codex sends as a header or, over WebSocket, in the frame's client_metadata. */
export function requestKindOf(turnMetadata: unknown): string | undefined {
  return asText(parseObject(asText(turnMetadata) ?? '')?.['request_kind']);
}

function metadataOf(header: string | string[] | undefined): RequestMetadata | undefined {
  if (header === undefined) return {};
  const parsed = metadataSchema.safeParse(parseObject(String(header)));
  return parsed.success ? parsed.data : undefined;
}
