import type { Figure } from '../reports/report-document.ts';
import { around } from '../statistics/interval.ts';

export function estimated(value: number, n: number, spread?: number): Figure {
  return {
    status: 'estimated',
    value,
    n,
    ...(spread === undefined ? {} : { interval: around(value, spread) }),
  };
}
