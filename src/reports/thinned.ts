/** Points that a curve has at most. */
export const mostPoints = 500;

/** The first, the last and evenly chosen ones between. */
export function thinned<T>(points: readonly T[]): T[] {
  if (points.length <= mostPoints) return [...points];
  const step = (points.length - 1) / (mostPoints - 1);
  return Array.from({ length: mostPoints }, (_, index) => points[Math.round(index * step)] as T);
}
