import { lookup } from 'node:dns/promises';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { messageOf } from '../../domain/errors.ts';
import type { Destination } from './allowed-hosts.ts';
import { familyOf } from './allowed-hosts.ts';
import { isPublicAddress } from './public-address.ts';

export type ResolveHost = (host: string) => Promise<readonly string[]>;

export interface ConnectOptions {
  readonly resolve: ResolveHost;
  readonly allowPrivate: boolean;
  /** For resolving and connecting together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Connected =
  | { readonly kind: 'connected'; readonly socket: Socket }
  /** It leads to an address that no task may see. */
  | { readonly kind: 'private'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'timed-out'; readonly reason: string };

export const resolveBySystem: ResolveHost = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Resolves first and connects to what was resolved and looked at, so that a name which answers differently
 * the next time (rebinding) gains nothing.
 */
export async function connectTo(destination: Destination, options: ConnectOptions): Promise<Connected> {
  const { host, port } = destination;
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([limit, options.signal]);
  try {
    const found = isIP(host) === 0 ? await orAborted(options.resolve(host), signal) : [host];
    const usable = options.allowPrivate ? found : found.filter(isPublicAddress);
    if (usable.length === 0) {
      return { kind: 'private', reason: `${host} is no address of the public internet` };
    }
    return { kind: 'connected', socket: await open(usable, port, signal) };
  } catch (error) {
    if (limit.aborted)
      return { kind: 'timed-out', reason: `no connection within ${options.timeoutMs / 1000} s` };
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

/** Tries the addresses in turn, both families side by side (RFC 8305). */
async function open(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  const known = addresses.map((address) => ({ address, family: familyOf(address) === 'ipv4' ? 4 : 6 }));
  const answer: LookupFunction = (_, { all }, callback) => {
    const [first] = known;
    if (all) callback(null, known);
    else callback(null, first?.address ?? '', first?.family);
  };
  const host = 'resolved.invalid'; // never looked up: the answer is there
  const socket = connect({
    host,
    port,
    lookup: answer,
    autoSelectFamily: true,
    allowHalfOpen: true,
    noDelay: true,
  });
  const connected = Promise.withResolvers<void>();
  socket.once('connect', connected.resolve);
  socket.once('error', connected.reject);
  try {
    await orAborted(connected.promise, signal);
    return socket;
  } catch (error) {
    socket.on('error', () => {}); // what comes after the first is no news
    socket.destroy();
    throw error;
  } finally {
    socket.off('error', connected.reject);
  }
}

/** Not everything that is waited for listens to a signal. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  work.catch(() => {}); // nobody waits for it once stopped
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    stopped.promise.catch(() => {});
  }
}

/** Several addresses that all failed come as one error without a message of its own. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return messageOf(first);
}
