import type { Percentile } from '../statistics/percentile.ts';

/** As a record holds it, which leaves out what is not known. */
type StoredPercentile =
  | Extract<Percentile, { status: 'value' }>
  | (Omit<Extract<Percentile, { status: 'below-floor' }>, 'max'> & { readonly max?: number | undefined });

/** Of milliseconds; below its sample floor with the number that it needs and the largest in its place. */
export function percentileText(figure: StoredPercentile): string {
  if (figure.status === 'value') return `${figure.value.toFixed(0)} ms (n = ${figure.n})`;
  if (figure.max === undefined) return '–';
  return `n = ${figure.n} of the ${figure.needed} it needs; max ${figure.max.toFixed(0)} ms`;
}
