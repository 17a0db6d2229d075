/** What a path asks for. A run is named by its id alone, which is looked up and never joined to a path. */
export type Route =
  | { readonly kind: 'runs' }
  | { readonly kind: 'report' | 'live' | 'events'; readonly runId: string }
  | { readonly kind: 'trial'; readonly runId: string; readonly position: number };

export function routeOf(path: string): Route | undefined {
  if (path === '/') return { kind: 'runs' };
  const match = /^\/runs\/([^/]+)\/(.*)$/.exec(path);
  const runId = decoded(match?.[1]);
  if (runId === undefined) return undefined;
  const rest = match?.[2];
  if (rest === '') return { kind: 'report', runId };
  if (rest === 'live' || rest === 'events') return { kind: rest, runId };
  const position = /^trials\/(\d{1,9})\.js$/.exec(rest ?? '')?.[1];
  return position === undefined ? undefined : { kind: 'trial', runId, position: Number(position) };
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Relative to the list. */
export function runAddress(runId: string): string {
  return `runs/${encodeURIComponent(runId)}/`;
}
