/** Which headers go through the gateway: all but those of one hop, of ours, and of who is who. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderProfile } from '../../domain/model.ts';
import { metadataHeader, stampsHeader, timingHeader } from '../transports/headers.ts';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What the agent says to the gateway, or what is said anew. */
const ofTheAgent = new Set([
  'host',
  'authorization',
  'x-api-key',
  'accept-encoding', // a compressed stream could be neither read nor cut, and gathers what should not wait
  'content-length',
  'expect',
  metadataHeader,
]);

const ofTheHandshake = /^sec-websocket-/;

/** An agent's headers toward the provider. */
export function headersUpstream(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !isOurs(name) && !ofTheHandshake.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value ?? '')]));
}

function isOurs(name: string): boolean {
  return hopByHop.has(name) || ofTheAgent.has(name);
}

export interface RawHeaderOptions {
  /** The body's length may differ from what the provider says: events of ours are cut out of it. */
  readonly isCut: boolean;
  /** Takes the providers' keys out. */
  readonly scrub: (text: string) => string;
}

/** A provider's headers toward the agent: names and values in turn, as they came. */
export function headersDownstream(raw: readonly string[], { isCut, scrub }: RawHeaderOptions): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    const lower = name.toLowerCase();
    const isDropped =
      hopByHop.has(lower) || ofTheHandshake.test(lower) || (isCut && lower === 'content-length');
    if (!isDropped) kept.push(name, scrub(value));
  }
  return kept;
}

interface Timing {
  readonly header: string;
  readonly value: string;
  /** Of the event that comes for it. */
  readonly type: string;
}

const simulatorStamps: Timing = { header: stampsHeader, value: '1', type: 'evalrun.stamps' };
const providerTiming: Timing = {
  header: timingHeader,
  value: 'true',
  type: 'responsesapi.websocket_timing',
};

export interface AskedTimings {
  readonly headers: Readonly<Record<string, string>>;
  /** Types of the events that come because the gateway asked; the agent does not get them. */
  readonly types: readonly string[];
}

/** What the gateway asks for in addition; an agent that asks by itself gets what it asked for. */
export function timingsAskedFor(
  agent: IncomingHttpHeaders,
  providerKind: ProviderProfile['kind'],
  isResponses: boolean,
): AskedTimings {
  const known = providerKind === 'simulated' ? [simulatorStamps] : isResponses ? [providerTiming] : [];
  const asked = known.filter(({ header }) => agent[header] === undefined);
  return {
    headers: Object.fromEntries(asked.map(({ header, value }) => [header, value])),
    types: asked.map(({ type }) => type),
  };
}

/** A trial's metadata as a header: JSON in ASCII, since a header takes nothing else. */
export function metadataHeaders(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const json = JSON.stringify(metadata).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { [metadataHeader]: json };
}
