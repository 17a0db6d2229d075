/**
 * A statistic, or the reason why there is none: too few samples, nothing to divide by, data that the method
 * does not fit. Reports print the reason where the figure would stand.
 */
export type Estimate<T> = { readonly status: 'estimated'; readonly value: T } | Refusal;

export interface Refusal {
  readonly status: 'refused';
  readonly reason: string;
}

export function estimated<T>(value: T): Estimate<T> {
  return { status: 'estimated', value };
}

export function refused(reason: string): Refusal {
  return { status: 'refused', reason };
}

/** The same estimate seen another way; a refusal passes through. */
export function mapEstimate<T, U>(estimate: Estimate<T>, change: (value: T) => U): Estimate<U> {
  return estimate.status === 'refused' ? estimate : estimated(change(estimate.value));
}
