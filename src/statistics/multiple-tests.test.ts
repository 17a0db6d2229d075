import fc from 'fast-check';
import { expect, test } from 'vitest';
import { benjaminiHochberg, holm } from './multiple-tests.ts';
import { tieGroups } from './tie-groups.ts';

test('Holm of [.01 .04 .03 .005] is [.03 .06 .06 .02], BH [.02 .04 .04 .02] (statsmodels)', () => {
  const pValues = [0.01, 0.04, 0.03, 0.005];
  for (const [index, expected] of [0.03, 0.06, 0.06, 0.02].entries()) {
    expect(holm(pValues)[index]).toBeCloseTo(expected, 12);
  }
  for (const [index, expected] of [0.02, 0.04, 0.04, 0.02].entries()) {
    expect(benjaminiHochberg(pValues)[index]).toBeCloseTo(expected, 12);
  }
});

test('p <= BH <= Holm <= 1, in the order of the p values', () => {
  const some = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
  fc.assert(
    fc.property(some, (pValues) => {
      const byHolm = holm(pValues);
      const byBh = benjaminiHochberg(pValues);
      for (const [index, p] of pValues.entries()) {
        expect(byBh[index]).toBeGreaterThanOrEqual(p - 1e-12);
        expect(byHolm[index]).toBeGreaterThanOrEqual((byBh[index] ?? 2) - 1e-12);
        expect(byHolm[index]).toBeLessThanOrEqual(1);
        const smaller = pValues.findIndex((other) => other < p);
        if (smaller !== -1) expect(byHolm[smaller]).toBeLessThanOrEqual((byHolm[index] ?? -1) + 1e-12);
      }
    }),
  );
});

test('arms are grouped as long as no two of them are separated; an arm may stand in two groups', () => {
  const pairs = [
    { a: 'deep', b: 'mid', p: 0.4 },
    { a: 'deep', b: 'fast', p: 0.001 },
    { a: 'mid', b: 'fast', p: 0.03 },
  ];
  const { groups, pairs: judged } = tieGroups(['deep', 'mid', 'fast'], pairs);
  expect(judged.map(({ holmP }) => holmP)).toEqual([0.4, 0.003, 0.06]);
  expect(groups).toEqual([
    ['deep', 'mid'],
    ['mid', 'fast'],
  ]);
  expect(tieGroups(['deep', 'mid', 'fast'], pairs, 0.1).groups).toEqual([['deep', 'mid'], ['fast']]);
});

test('all alike are one group, all apart are groups of one, none is no group', () => {
  const pairs = (p: number) => [
    { a: 'x', b: 'y', p },
    { a: 'x', b: 'z', p },
    { a: 'y', b: 'z', p },
  ];
  expect(tieGroups(['x', 'y', 'z'], pairs(0.5)).groups).toEqual([['x', 'y', 'z']]);
  expect(tieGroups(['x', 'y', 'z'], pairs(0.001)).groups).toEqual([['x'], ['y'], ['z']]);
  expect(tieGroups([], []).groups).toEqual([]);
});
