interface Asked {
  readonly url?: string | undefined;
}

/** The path of a request's target, without its query. */
export function pathOf({ url = '/' }: Asked): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** With its question mark; '' where there is none. */
export function queryOf({ url = '/' }: Asked): string {
  const query = url.indexOf('?');
  return query === -1 ? '' : url.slice(query);
}
