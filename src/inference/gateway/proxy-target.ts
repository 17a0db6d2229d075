import type { IncomingHttpHeaders } from 'node:http';
import { type Destination, toDestination } from './allowed-hosts.ts';

export interface UrlTarget {
  readonly destination: Destination;
  readonly path: string;
  /** As the URL says it: what the client put there may name another site of the same server. */
  readonly hostHeader: string;
}

/** The target of a request in absolute form; undefined where it is none, or not plain HTTP. */
export function parseUrl(text: string): UrlTarget | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:') return undefined;
  const destination = toDestination(url.hostname, url.port === '' ? 80 : Number(url.port));
  return destination && { destination, path: url.pathname + url.search, hostHeader: url.host };
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Without what concerns one connection only (RFC 9110, 7.6.1). */
export function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !named.includes(name)),
  );
}
