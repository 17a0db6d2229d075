import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomialTest } from './binomial-test.ts';
import { cleanRunsNeeded, clopperPearson } from './clopper-pearson.ts';
import { binomialPmf } from './distributions.ts';
import { known } from './testing/known.ts';
import { wilsonInterval } from './wilson.ts';

describe('Newcombe 1998', () => {
  test.each([
    [81, 263, 0.2553, 0.3662, 0.2527, 0.3676],
    [15, 148, 0.0624, 0.1605, 0.0578, 0.1617],
    [0, 20, 0, 0.1611, 0, 0.1684],
    [1, 29, 0.0061, 0.1718, 0.0009, 0.1776],
  ])('%i of %i: Wilson [%f, %f], Clopper-Pearson [%f, %f]', (x, n, low, high, exactLow, exactHigh) => {
    expect(wilsonInterval(x, n)?.low).toBeCloseTo(low, 4);
    expect(wilsonInterval(x, n)?.high).toBeCloseTo(high, 4);
    expect(known(clopperPearson(x, n)).low).toBeCloseTo(exactLow, 4);
    expect(known(clopperPearson(x, n)).high).toBeCloseTo(exactHigh, 4);
  });
});

test.each([
  [0, 10, 0, 0.277533],
  [5, 10, 0.236593, 0.763407],
  [10, 10, 0.722467, 1],
  [58, 100, 0.482065, 0.672016],
])('Wilson for %i of %i is [%f, %f] (statsmodels)', (x, n, low, high) => {
  expect(wilsonInterval(x, n)?.low).toBeCloseTo(low, 6);
  expect(wilsonInterval(x, n)?.high).toBeCloseTo(high, 6);
});

test('a task whose gold patch fails once in 5 runs has a flake rate of [.005, .716]', () => {
  const interval = known(clopperPearson(1, 5));
  expect(interval.low).toBeCloseTo(0.005, 3);
  expect(interval.high).toBeCloseTo(0.716, 3);
});

test('14 clean runs show a flake rate below 20 % at 95 %', () => {
  expect(cleanRunsNeeded(0.2)).toBe(14);
  expect(0.8 ** 14).toBeCloseTo(0.044, 3);
});

test('no interval without a trial', () => {
  expect(wilsonInterval(0, 0)).toBeUndefined();
  expect(clopperPearson(0, 0)).toEqual({ status: 'refused', reason: 'no trial' });
});

test('binomtest(3, 15, .1, alternative="greater") of the SciPy docs', () => {
  expect(binomialTest(3, 15, 0.1, 'greater')).toBeCloseTo(0.18406106910639114, 14);
});

const counts = fc.integer({ min: 1, max: 400 }).chain((n) => fc.tuple(fc.nat({ max: n }), fc.constant(n)));

test('both intervals hold the rate, lie within 0 and 1 and mirror when successes and failures change places', () => {
  fc.assert(
    fc.property(counts, ([x, n]) => {
      for (const interval of [wilsonInterval, (a: number, b: number) => known(clopperPearson(a, b))]) {
        const { low, high } = interval(x, n) ?? { low: Number.NaN, high: Number.NaN };
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(x / n + 1e-12);
        expect(high).toBeGreaterThanOrEqual(x / n - 1e-12);
        expect(interval(n - x, n)?.high).toBeCloseTo(1 - low, 9);
      }
    }),
  );
});

test('Clopper-Pearson covers at least its level at every rate', () => {
  const n = 25;
  const intervals = Array.from({ length: n + 1 }, (_, x) => known(clopperPearson(x, n)));
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (rate) => {
      const covered = intervals.map(({ low, high }, x) =>
        low <= rate && rate <= high ? binomialPmf(x, n, rate) : 0,
      );
      expect(covered.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(0.95 - 1e-9);
    }),
  );
});

test('the two-sided binomial test doubles the tail at one half and counts no likelier outcomes elsewhere', () => {
  expect(binomialTest(10, 12)).toBeCloseTo(2 * binomialTest(10, 12, 0.5, 'greater'), 12);
  expect(binomialTest(0, 10, 0.1, 'less')).toBeCloseTo(0.9 ** 10, 12);
  expect(binomialTest(5, 10)).toBeCloseTo(1, 12);
});
