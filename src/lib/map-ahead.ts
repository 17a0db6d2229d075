/** Results in the items' order, of which a few are being made while the one before is used. */
export async function* mapAhead<T, R>(
  items: Iterable<T>,
  ahead: number,
  make: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for (const item of items) {
    const making = make(item);
    // Its failure is met when its turn comes; until then it is not unhandled.
    making.catch(() => undefined);
    started.push(making);
    if (started.length > ahead) yield await (started.shift() as Promise<R>);
  }
  for (const making of started) yield await making;
}
