import { expect, test } from 'vitest';
import { interpolate, median, percentile } from './percentile.ts';

test('percentiles by linear interpolation (numpy)', () => {
  const samples = [120, 150, 180, 200, 220, 260, 300, 450, 900, 2400];
  const computed = [0.5, 0.9, 0.95, 0.99].map((share) => interpolate(samples, share));
  for (const [index, expected] of [240, 1050, 1725, 2265].entries())
    expect(computed[index]).toBeCloseTo(expected, 9);
});

test('a percentile below its sample floor gives n and the maximum in its place', () => {
  const eleven = Array.from({ length: 11 }, (_, index) => index);
  expect(percentile([3, 1, 2], 50)).toEqual({ status: 'below-floor', n: 3, needed: 11, max: 3 });
  expect(percentile(eleven, 50)).toEqual({ status: 'value', value: 5, n: 11 });
  expect(percentile([], 95)).toEqual({ status: 'below-floor', n: 0, needed: 130, max: undefined });
});

test('the median of nothing is unknown', () => {
  expect(median([])).toBeUndefined();
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
