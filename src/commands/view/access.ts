import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may read: who holds the token, at this address, by reading only. */
export interface Guard {
  readonly token: string;
  readonly port: number;
}

export interface Asked {
  readonly method: string | undefined;
  readonly host: string | undefined;
  readonly url: string | undefined;
  readonly cookie: string | undefined;
}

export type Access =
  | { readonly kind: 'granted'; readonly path: string }
  /** The token stood in the address: from here on it is a cookie, and out of the address. */
  | { readonly kind: 'entered'; readonly path: string; readonly cookie: string }
  | { readonly kind: 'refused'; readonly status: 400 | 401 | 403 | 405; readonly reason: string };

export function accessOf({ method, host, url, cookie }: Asked, guard: Guard): Access {
  if (method !== 'GET' && method !== 'HEAD') return refused(405, 'reports are only read');
  // A name of somebody else's that was made to point here (DNS rebinding) stands in Host.
  if (!hostsOf(guard.port).includes(host ?? ''))
    return refused(403, 'this server answers to its own address only');
  const parsed = URL.parse(url ?? '', `http://127.0.0.1:${guard.port}`);
  if (parsed === null) return refused(400, 'the address cannot be read');
  const path = `/${parsed.pathname.replace(/^\/+/, '')}`;
  const given = parsed.searchParams.get('token');
  const name = cookieName(guard.port);
  if (given !== null && isSame(given, guard.token))
    return { kind: 'entered', path, cookie: `${name}=${guard.token}; HttpOnly; SameSite=Strict; Path=/` };
  if (isSame(cookieValue(cookie, name) ?? '', guard.token)) return { kind: 'granted', path };
  return refused(401, 'open the address that `evalrun view` printed, with its token');
}

function refused(status: 400 | 401 | 403 | 405, reason: string): Access {
  return { kind: 'refused', status, reason };
}

function hostsOf(port: number): string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

/** Browsers keep one set of cookies for all ports of an address. */
function cookieName(port: number): string {
  return `evalrun-view-${port}`;
}

function cookieValue(header: string | undefined, name: string): string | undefined {
  return header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** In a time that does not tell how much of it was right; digests are of one length. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
