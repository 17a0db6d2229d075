import type { Interval } from './interval.ts';

/** A point against another one: intervals of (this - other), accuracy where more is better, cost or time where less is. */
export interface Rivalry {
  readonly accuracy: Interval;
  readonly cost: Interval;
}

export type Dominance = 'dominated' | 'dominates' | 'trade-off' | 'not-separated';

/** Dominated only where both differences exclude 0 in the bad direction; an interval that holds 0 separates nothing. */
export function dominance({ accuracy, cost }: Rivalry): Dominance {
  const better = side(accuracy);
  const dearer = side(cost);
  if (better === 0 || dearer === 0) return 'not-separated';
  if (better === dearer) return 'trade-off';
  return better < 0 ? 'dominated' : 'dominates';
}

function side({ low, high }: Interval): -1 | 0 | 1 {
  if (low > 0) return 1;
  return high < 0 ? -1 : 0;
}
