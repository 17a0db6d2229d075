import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusteredMean } from './clustered-mean.ts';
import { meanByUnit } from './mean-by-unit.ts';
import {
  designEffect,
  detectableDifference,
  pairsForDrop,
  pairsForNonInferiority,
  tasksForDifference,
  varianceLeftByRepeats,
} from './sample-size.ts';
import { tTest } from './t-test.ts';
import { known } from './testing/known.ts';

describe('evaluatellm (R), README', () => {
  test('clustered mean .6950, SE .0401, 50 clusters: [.6144, .7756]', () => {
    const { interval } = tTest({ mean: 0.695, standardError: 0.0401, degreesOfFreedom: 49 });
    expect(interval.low).toBeCloseTo(0.6144, 4);
    expect(interval.high).toBeCloseTo(0.7756, 4);
  });

  test('paired difference .0600, SE .0316: t 1.899, p .063, [-.0035, .1235]', () => {
    const paired = tTest({ mean: 0.06, standardError: 0.0316, degreesOfFreedom: 49 });
    expect(paired.t).toBeCloseTo(1.899, 3);
    expect(paired.p).toBeCloseTo(0.063, 3);
    expect(paired.interval.low).toBeCloseTo(-0.0035, 4);
    expect(paired.interval.high).toBeCloseTo(0.1235, 4);
  });

  test('smallest difference of 500 tasks in clusters of 8, by the formula of its source: .0730', () => {
    const design = { tasks: 500, rateA: 0.72, rateB: 0.7, correlation: 0.7 };
    const seen = detectableDifference({ ...design, designEffect: designEffect(0.25, 8) });
    expect(seen).toBeCloseTo(0.0730279, 7);
    expect(detectableDifference(design)).toBeCloseTo(0.0440375, 7);
  });
});

describe('Miller 2024', () => {
  test('w^2 = 1/9, no noise, difference .03: 969 tasks', () => {
    const design = { difference: 0.03, betweenTasks: 1 / 9, noiseA: 0, noiseB: 0 };
    expect(tasksForDifference(design)).toBeCloseTo(968.997, 3);
  });

  test.each([
    [2, 33],
    [3, 44],
    [4, 50],
    [5, 53],
  ])('%i repeats leave %i % less variance', (repeats, percent) => {
    expect(100 * (1 - varianceLeftByRepeats(repeats))).toBeCloseTo(percent, -0.4);
  });
});

test.each([
  [0.05, 746],
  [0.03, 2085],
])('rough number of pairs for a drop of %f at 24 %% discordant: %i (computed)', (drop, pairs) => {
  expect(Math.abs(pairsForDrop(0.24, drop) - pairs)).toBeLessThan(0.5);
});

test.each([
  [0.1, 687],
  [0.24, 1649],
])(
  'rough number of pairs for non-inferiority by .03 at %f discordant: %i (computed)',
  (discordant, pairs) => {
    expect(Math.abs(pairsForNonInferiority(discordant, 0.03) - pairs)).toBeLessThan(0.5);
  },
);

test('a design effect of 50 clusters: members that agree count as one', () => {
  const clusters = Array.from({ length: 50 }, (_, index) => ({ value: index % 2, cluster: `c${index}` }));
  const fourfold = clusters.flatMap((one) => [one, one, one, one]);
  const alone = known(clusteredMean(clusters));
  const repeated = known(clusteredMean(fourfold));
  expect(repeated.standardError).toBeCloseTo(alone.standardError, 12);
  expect(alone.designEffect).toBeCloseTo(1, 12);
  expect(repeated.designEffect).toBeCloseTo((4 * 199) / (4 * 49), 9);
  expect(repeated.fewClusters).toBe(false);
});

test('one unit and one cluster have no standard error', () => {
  expect(meanByUnit([1])).toEqual({ status: 'refused', reason: '1 unit(s): a standard error needs two' });
  expect(clusteredMean([{ value: 1, cluster: 'a' }]).status).toBe('refused');
});

test('values that are all equal: no error, p 1 at 0, no design effect', () => {
  const none = known(meanByUnit([0, 0, 0]));
  expect([none.standardError, none.t, none.p]).toEqual([0, 0, 1]);
  const same = known(clusteredMean([1, 1, 1].map((value, index) => ({ value, cluster: `${index}` }))));
  expect([same.standardError, same.p, same.designEffect]).toEqual([0, 0, undefined]);
});

test('with each value a cluster of its own, clustered is the plain error', () => {
  const many = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(many, (values) => {
      const clustered = known(clusteredMean(values.map((value, index) => ({ value, cluster: `${index}` }))));
      expect(clustered.standardError).toBeCloseTo(known(meanByUnit(values)).standardError, 12);
    }),
  );
});
