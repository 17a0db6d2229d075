import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  betaQuantile,
  betaUpperTail,
  binomialLowerTail,
  binomialPmf,
  binomialUpperTail,
  chiSquaredUpperTail,
  normalQuantile,
  normalTwoSided,
  normalUpperTail,
  tQuantile,
  tTwoSided,
} from './distributions.ts';

function expectRatio(actual: number, expected: number, within = 1e-11): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(within);
}

describe('SciPy 1.17 computes the same', () => {
  test.each([
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-12, -7.034483825301131],
  ])('norm.ppf(%d)', (p, expected) => expectRatio(normalQuantile(p), expected));

  test.each([
    [4.097919, 2.0844012e-5],
    [20, 2.7536241186061556e-89],
  ])('norm.sf(%d)', (z, expected) => expectRatio(normalUpperTail(z), expected, 1e-5));

  test.each([
    [0.975, 10, 2.228138851986274],
    [0.975, 728, 1.9632279311272274],
    [0.025, 4, -2.7764451051977987],
  ])('t.ppf(%d, %d)', (p, df, expected) => expectRatio(tQuantile(p, df), expected));

  test('2 t.sf(12.1066, 728)', () => expectRatio(tTwoSided(12.1066, 728), 2 * 3.608303307369316e-31));

  test.each([
    [0.5, 2, 28, 0.05720226016182624],
    [0.0025, 81, 183, 0.2309956138528582],
    [0.5, 16, 133, 0.10562584061918082],
  ])('beta.ppf(%d, %d, %d)', (p, a, b, expected) => expectRatio(betaQuantile(p, a, b), expected));

  test('chi2.sf', () => {
    expectRatio(chiSquaredUpperTail(60), 9.485737571073857e-15);
    expectRatio(chiSquaredUpperTail(1.08), 0.29869755599496717);
  });

  test('binom.pmf and binom.cdf', () => {
    expectRatio(binomialPmf(10, 2000, 0.02), 9.793555169081402e-9);
    expectRatio(binomialLowerTail(300, 731, 0.5), 7.160350647770229e-7);
  });
});

test('a tail too small for a number is 0, not an exception', () => {
  expect(normalUpperTail(60)).toBe(0);
  expect(normalUpperTail(-60)).toBe(1);
  expect(normalTwoSided(60)).toBe(0);
  expect(chiSquaredUpperTail(1e6)).toBe(0);
  expect(tTwoSided(Number.POSITIVE_INFINITY, 5)).toBe(0);
});

test('quantiles at the ends', () => {
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  expect(tQuantile(0.5, 7)).toBe(0);
});

const trials = fc.integer({ min: 1, max: 3000 }).chain((n) => fc.tuple(fc.constant(n), fc.nat({ max: n })));
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

test('the binomial tails and the mass between them sum to 1', () => {
  fc.assert(
    fc.property(trials, share, ([n, k], p) => {
      const whole = binomialLowerTail(k - 1, n, p) + binomialPmf(k, n, p) + binomialUpperTail(k + 1, n, p);
      expect(whole).toBeCloseTo(1, 9);
    }),
  );
});

test('a beta quantile leaves its own tail above it', () => {
  fc.assert(
    fc.property(trials, share, ([n, k], p) => {
      expect(betaUpperTail(betaQuantile(p, k + 1, n - k + 1), k + 1, n - k + 1)).toBeCloseTo(1 - p, 8);
    }),
  );
});
