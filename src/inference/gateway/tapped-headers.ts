import type { IncomingHttpHeaders } from 'node:http';

/** Headers with one text each, as a recorder takes them. */
export function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]));
}
