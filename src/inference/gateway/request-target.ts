import type { IncomingMessage } from 'node:http';

/** The path of a request's target, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** With its question mark; '' where there is none. */
export function queryOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? '' : url.slice(query);
}
