/** Holm 1979: p values adjusted step by step, so that the chance of any false alarm keeps the level. */
export function holm(pValues: readonly number[]): number[] {
  const order = ascending(pValues);
  const adjusted = pValues.map(() => 0);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, (pValues.length - rank) * (pValues[index] ?? 1));
    adjusted[index] = Math.min(1, largest);
  }
  return adjusted;
}

/** Benjamini, Hochberg 1995: the expected share of false ones among the alarms keeps the level. */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = ascending(pValues);
  const adjusted = pValues.map(() => 0);
  let smallest = 1;
  for (const [rank, index] of [...order.entries()].reverse()) {
    smallest = Math.min(smallest, ((pValues[index] ?? 1) * pValues.length) / (rank + 1));
    adjusted[index] = smallest;
  }
  return adjusted;
}

function ascending(pValues: readonly number[]): number[] {
  return pValues.map((_, index) => index).toSorted((x, y) => (pValues[x] ?? 1) - (pValues[y] ?? 1));
}
