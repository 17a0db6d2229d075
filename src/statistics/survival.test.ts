import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kaplanMeier, type SurvivalTime } from './kaplan-meier.ts';
import { logRank } from './log-rank.ts';
import { restrictedMean } from './restricted-mean.ts';
import { known } from './testing/known.ts';

function times(list: string): SurvivalTime[] {
  return list.split(' ').map((one) => ({ time: Number.parseInt(one, 10), event: !one.endsWith('+') }));
}

describe('Freireich et al. 1963, remission under 6-MP and placebo', () => {
  const drug = times('6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+');
  const placebo = times('1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23');

  test('Kaplan-Meier and Greenwood under 6-MP', () => {
    const steps = known(kaplanMeier(drug));
    const expected = [
      [6, 21, 0.8571, 0.0764],
      [7, 17, 0.8067, 0.0869],
      [10, 15, 0.7529, 0.0963],
      [13, 12, 0.6902, 0.1068],
      [16, 11, 0.6275, 0.1141],
      [22, 7, 0.5378, 0.1282],
      [23, 6, 0.4482, 0.1346],
    ];
    expect(
      steps.map(({ time, atRisk, survival, standardError }) => [time, atRisk, survival, standardError]),
    ).toEqual(
      expected.map(([time, atRisk, survival = 0, error = 0]) => [
        time,
        atRisk,
        expect.closeTo(survival, 4),
        expect.closeTo(error, 4),
      ]),
    );
  });

  test('Kaplan-Meier under placebo, and no error where nobody is left', () => {
    const steps = known(kaplanMeier(placebo));
    expect(steps.map(({ time }) => time)).toEqual([1, 2, 3, 4, 5, 8, 11, 12, 15, 17, 22, 23]);
    const expected = [
      0.9048, 0.8095, 0.7619, 0.6667, 0.5714, 0.381, 0.2857, 0.1905, 0.1429, 0.0952, 0.0476, 0,
    ];
    for (const [index, survival] of expected.entries()) {
      expect(steps[index]?.survival).toBeCloseTo(survival, 4);
    }
    expect(steps.at(-1)?.standardError).toBeUndefined();
  });

  test('log-rank chi2 16.792941, p 4.1688e-5 (SciPy)', () => {
    const { chiSquared, p } = known(logRank(drug, placebo));
    expect(chiSquared).toBeCloseTo(16.792941, 6);
    expect(p).toBeCloseTo(4.1688e-5, 9);
    expect(Math.sqrt(chiSquared)).toBeCloseTo(4.097919, 6);
  });

  test.each([
    [15, 12.91653, 0.76952, 7.85714, 1.05471],
    [20, 16.11653, 1.25156, 8.42857, 1.26808],
  ])('restricted mean up to %i: %f (%f) and %f (%f)', (horizon, drugMean, drugError, mean, error) => {
    const treated = known(restrictedMean(drug, horizon));
    expect(treated.mean).toBeCloseTo(drugMean, 5);
    expect(treated.standardError).toBeCloseTo(drugError, 5);
    const untreated = known(restrictedMean(placebo, horizon));
    expect(untreated.mean).toBeCloseTo(mean, 5);
    expect(untreated.standardError).toBeCloseTo(error, 5);
  });

  test('a horizon beyond what was seen is refused, unless nobody was left', () => {
    expect(restrictedMean(drug, 36)).toEqual({
      status: 'refused',
      reason: 'nothing was seen beyond 35, the horizon is 36',
    });
    const whole = known(restrictedMean(placebo, 100));
    expect(whole.mean).toBeCloseTo(182 / 21, 9);
    // With nothing cut off the error is that of a plain mean, sd / sqrt(n) with n (NumPy).
    expect(whole.standardError).toBeCloseTo(1.3773900412645483, 12);
  });
});

test('log-rank of three groups, multivariate example of the lifelines docs: 1.0800, p .5827', () => {
  const durations = [5, 3, 9, 8, 7, 4, 4, 3, 2, 5, 6, 7];
  const events = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0];
  const all = durations.map((time, index) => ({ time, event: events[index] === 1 }));
  const { chiSquared, p, degreesOfFreedom } = known(logRank(all.slice(0, 4), all.slice(4, 9), all.slice(9)));
  expect(chiSquared).toBeCloseTo(1.0800467, 7);
  expect(p).toBeCloseTo(0.5827346, 7);
  expect(degreesOfFreedom).toBe(2);
});

test('nothing observed is refused', () => {
  expect(kaplanMeier([]).status).toBe('refused');
  expect(restrictedMean([], 3).status).toBe('refused');
  expect(logRank(times('3 4')).status).toBe('refused');
  expect(logRank(times('3 4'), []).status).toBe('refused');
  expect(logRank(times('3+ 4+'), times('2+'))).toEqual({
    status: 'refused',
    reason: 'no event while the groups were at risk together',
  });
});

const observed = fc.array(fc.record({ time: fc.integer({ min: 1, max: 20 }), event: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
});

test('survival falls from 1 to 0 at the least, and is the plain share where nothing is cut off', () => {
  fc.assert(
    fc.property(observed, (drawn) => {
      let last = 1;
      for (const { survival } of known(kaplanMeier(drawn))) {
        expect(survival).toBeLessThan(last);
        expect(survival).toBeGreaterThanOrEqual(0);
        last = survival;
      }
      const allSeen = drawn.map(({ time }) => ({ time, event: true }));
      for (const { time, survival } of known(kaplanMeier(allSeen))) {
        expect(survival).toBeCloseTo(drawn.filter((one) => one.time > time).length / drawn.length, 10);
      }
    }),
  );
});

test('log-rank does not care which group is named first', () => {
  fc.assert(
    fc.property(observed, observed, observed, (a, b, c) => {
      const one = logRank(a, b, c);
      const other = logRank(c, a, b);
      expect(other.status).toBe(one.status);
      if (one.status === 'estimated') expect(known(other).chiSquared).toBeCloseTo(one.value.chiSquared, 6);
    }),
  );
});
