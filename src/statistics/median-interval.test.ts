import { expect, test } from 'vitest';
import { medianInterval } from './median-interval.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

/** Ranks and coverage as tables of the sign test's interval give them. */
test.each([
  [6, 1, 6, 0.96875],
  [10, 2, 9, 0.9785],
  [20, 6, 15, 0.9586],
  [50, 18, 33, 0.9672],
])('of %i samples numbers %i and %i hold the median, covering %f', (n, low, high, coverage) => {
  const result = medianInterval(upTo(n).reverse());
  expect(result).toMatchObject({
    status: 'estimated',
    value: { median: (n + 1) / 2, interval: { low, high }, n },
  });
  if (result.status === 'estimated') expect(result.value.coverage).toBeCloseTo(coverage, 4);
});

test.each([0, 1, 5])('%i samples are too few', (n) => {
  expect(medianInterval(upTo(n))).toMatchObject({ status: 'refused' });
});
