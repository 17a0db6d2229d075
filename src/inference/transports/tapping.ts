import type { IncomingHttpHeaders } from 'node:http';
import type { TappedExchange, WireTap } from '../cassettes/wire-tap.ts';
import type { Opened } from './open-websocket.ts';
import type { ExchangeEnding, TransportOptions } from './transport.ts';

export interface TapPlace {
  /** Below the base URL. */
  readonly path: string;
  /** What was sent; empty where it came only to an attempt to connect. */
  readonly body: Uint8Array;
  readonly sentUs: number;
}

/** Tells the recorder, where there is one, what has just been sent. */
export function tapRequest(options: TransportOptions, place: TapPlace): TappedExchange | undefined {
  const { trialId, metadata, model } = options;
  return options.tap?.begin({ trialId, metadata, transport: model.transport, ...place });
}

/** How an exchange ended, in the recorder's words. */
export function endTapped(tapped: TappedExchange | undefined, ending: ExchangeEnding, atUs: number): void {
  tapped?.end(wordFor(ending), atUs);
}

function wordFor(ending: ExchangeEnding): 'complete' | 'dropped' | 'aborted' {
  if (ending.kind === 'answered') return 'complete';
  if (ending.kind === 'aborted') return 'aborted';
  switch (ending.failure.kind) {
    case 'connect':
    case 'stream-cut':
      return 'dropped';
    case 'stalled':
    case 'malformed':
      return 'aborted'; // it was us who did not want more
    default:
      return 'complete'; // a refusal is an answer
  }
}

export interface TapOwner {
  readonly tap?: WireTap | undefined;
  readonly trialId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A WebSocket that did not open: an attempt to connect, with what was said in its place. */
export function tapFailedUpgrade(
  { tap, trialId, metadata }: TapOwner,
  { failure, refusal }: Opened & { readonly status: 'failed' },
  { path, startUs, endUs }: { readonly path: string; readonly startUs: number; readonly endUs: number },
): void {
  const body = new Uint8Array();
  const transport = 'responses-websocket';
  const tapped = tap?.begin({ trialId, metadata, transport, path, body, sentUs: startUs });
  if (refusal !== undefined) {
    tapped?.accepted(refusal.status, plainHeaders(refusal.headers), endUs);
    tapped?.chunk(refusal.body, endUs);
  }
  endTapped(tapped, { kind: 'failed', failure }, endUs);
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return Object.fromEntries(pairs);
}
