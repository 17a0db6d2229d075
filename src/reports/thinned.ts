/** Points that a curve has at most. */
export const mostPoints = 500;

/** The first, the last and evenly chosen ones between. */
export function thinned<T>(points: readonly T[], most = mostPoints): T[] {
  if (points.length <= most) return [...points];
  const last = points.length - 1;
  return Array.from({ length: most }, (_, at) => points[Math.round((at * last) / (most - 1))] as T);
}
