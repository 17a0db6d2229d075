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
  ...hopByHop,
  'host',
  'authorization',
  'x-api-key',
  'accept-encoding', // a compressed stream could be neither read nor cut, and gathers what should not wait
  'content-length',
  'expect',
  metadataHeader,
]);

const ofTheHandshake = 'sec-websocket-';

/** An agent's headers toward the provider: names, in lower case, and values in turn. */
export function headersUpstream(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    if (!ofTheAgent.has(name) && !name.startsWith(ofTheHandshake)) kept.push(name, raw[index + 1] ?? '');
  }
  return kept;
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
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    const isDropped =
      hopByHop.has(lower) || lower.startsWith(ofTheHandshake) || (isCut && lower === 'content-length');
    if (!isDropped) kept.push(name, scrub(raw[index + 1] ?? ''));
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
  /** Name and value, or nothing. */
  readonly rawHeaders: readonly string[];
  /** Types of the events that come because the gateway asked; the agent does not get them. */
  readonly types: readonly string[];
}

const asksNothing: AskedTimings = { rawHeaders: [], types: [] };
const asksSimulator = askFor(simulatorStamps);
const asksProvider = askFor(providerTiming);

function askFor({ header, value, type }: Timing): AskedTimings {
  return { rawHeaders: [header, value], types: [type] };
}

/** What the gateway asks for in addition; an agent that asks by itself gets what it asked for. */
export function timingsAskedFor(
  agent: IncomingHttpHeaders,
  providerKind: ProviderProfile['kind'],
  isResponses: boolean,
): AskedTimings {
  if (providerKind === 'simulated') return agent[stampsHeader] === undefined ? asksSimulator : asksNothing;
  return isResponses && agent[timingHeader] === undefined ? asksProvider : asksNothing;
}

/** A trial's metadata as a header: JSON in ASCII, since a header takes nothing else. */
export function metadataHeaderOf(metadata: Readonly<Record<string, string>>): readonly [string, string] {
  const json = JSON.stringify(metadata).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [metadataHeader, json];
}
