import { zOfLevel } from './distributions.ts';
import type { Interval } from './interval.ts';

export type { Interval } from './interval.ts';

/**
 * Wilson's score interval for one rate, x of n, each an independent trial (E. B. Wilson 1927; Newcombe 1998).
 * Valid for every n from 1 on, x = 0 and x = n included; for repeated or clustered data give both divided by
 * the design effect.
 */
export function wilsonInterval(x: number, n: number, level = 0.95): Interval | undefined {
  if (n < 1) return undefined;
  const z = zOfLevel(level);
  const p = x / n;
  const z2 = z * z;
  const centre = p + z2 / (2 * n);
  const spread = z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  // At the edges the formula gives 0 and 1 but for rounding.
  return {
    low: x === 0 ? 0 : (centre - spread) / scale,
    high: x === n ? 1 : (centre + spread) / scale,
  };
}
