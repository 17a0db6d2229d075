import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../lib/random.ts';
import { decideGateByMeans } from '../../statistics/gate-by-means.ts';
import { simulateVerdicts } from '../../statistics/simulate-verdicts.ts';
import { known } from '../../statistics/testing/known.ts';
import { nightRates } from '../../statistics/verdict-chances.ts';
import { exactRule } from './accuracy-rule.ts';
import { pairsToDecideByMeans, sizeByMeans, smallestDropByMeans } from './repeats-strength.ts';
import { chancesOf, smallestFailingDrop, worstSize } from './rule-strength.ts';

const rule = { margin: 0.05, alpha: 0.05 };

describe('the whole rule', () => {
  test.each([
    [100, 0.1, 0.05],
    [200, 0.02, 0.005],
    [731, 0.1, 0.005],
  ])(
    '%i tasks with %f flips: at the smallest drop it fails in 80 % of simulated nights',
    (tasks, flipRate, alpha) => {
      const exact = exactRule({ ...rule, alpha });
      const drop = known(smallestFailingDrop(tasks, flipRate, exact));
      expect(chancesOf(tasks, flipRate, drop, exact).fail).toBeCloseTo(0.8, 4);
      expect(chancesOf(tasks, flipRate, drop - 0.002, exact).fail).toBeLessThan(0.8);
      const seen = simulateVerdicts(nightRates(tasks, flipRate, drop), exact, { nights: 4000, seed: 1 });
      expect(Math.abs(seen.fail - 0.8)).toBeLessThan(4 * Math.sqrt(0.16 / 4000));
    },
  );

  test('with many tasks the margin is the bar: a drop of the margin itself fails half of the nights only', () => {
    const exact = exactRule({ ...rule, alpha: 0.005 });
    expect(known(smallestFailingDrop(2000, 0.1, exact))).toBeGreaterThan(0.05);
    expect(chancesOf(2000, 0.1, 0.05, exact).fail).toBeLessThan(0.55);
  });

  test('few tasks see no drop at all, and say so', () => {
    expect(smallestFailingDrop(5, 0.1, exactRule({ ...rule, alpha: 0.005 }))).toMatchObject({
      status: 'refused',
    });
  });

  test('the largest size over all flip rates is at most alpha and at least that of each', () => {
    const exact = exactRule(rule);
    const worst = worstSize(100, exact);
    expect(worst).toBeLessThanOrEqual(0.05);
    expect(worst).toBeGreaterThanOrEqual(chancesOf(100, 0.1, 0, exact).fail);
  });
});

describe('repeats', () => {
  /** Differences of means over three attempts; a share of tasks is flaky, the rest alike or worse in every attempt. */
  function night(seed: number, tasks: number, drop: number): number[] {
    const random = seededRandom('night', seed);
    const attempts = (p: number): number => [1, 2, 3].filter(() => random() < p).length / 3;
    return Array.from({ length: tasks }, () => {
      const kind = random();
      if (kind < drop) return -1;
      return kind < drop + 0.3 ? attempts(0.5) - attempts(0.5) : 0;
    });
  }

  const fails = (differences: number[], alpha: number): boolean =>
    known(decideGateByMeans(differences, { margin: 0.03, alpha }, 'test')).verdict === 'fail';

  test('the size by turned signs is what alike nights come to', () => {
    const nights = Array.from({ length: 300 }, (_, seed) => night(seed, 60, 0));
    const red = nights.filter((differences) => fails(differences, 0.1)).length / nights.length;
    const sizes = nights
      .slice(0, 30)
      .map((differences) => known(sizeByMeans(differences, { margin: 0.03, alpha: 0.1 }, 0)));
    const size = sizes.reduce((total, one) => total + one, 0) / sizes.length;
    expect(Math.abs(red - size)).toBeLessThan(3 * Math.sqrt((size * (1 - size)) / nights.length) + 0.01);
  });

  test('the smallest drop fails in about 80 % of nights', () => {
    const drop = known(smallestDropByMeans(night(0, 150, 0), { margin: 0.03, alpha: 0.05 }));
    const nights = Array.from({ length: 200 }, (_, seed) => night(seed + 1, 150, drop));
    const power = nights.filter((differences) => fails(differences, 0.05)).length / nights.length;
    expect(power).toBeGreaterThan(0.65);
    expect(power).toBeLessThan(0.95);
  });

  test('the pairs that decide do, in about 80 % of nights of that size', () => {
    const settings = { margin: 0.05, alpha: 0.05 };
    const verdict = (differences: number[]) =>
      known(decideGateByMeans(differences, settings, 'test')).verdict;
    const mean = (values: number[]): number => values.reduce((total, one) => total + one, 0) / values.length;
    const alike = Array.from({ length: 50 }, (_, seed) => night(seed, 40, 0)).find(
      (differences) => Math.abs(mean(differences)) < 1e-9 && verdict(differences) === 'inconclusive',
    );
    const pairs = known(pairsToDecideByMeans(alike ?? [], 40 * 3, settings));
    expect(pairs).toBeGreaterThan(120);
    const nights = Array.from({ length: 200 }, (_, seed) => night(seed, Math.ceil(pairs / 3), 0));
    const decided =
      nights.filter((differences) => verdict(differences) !== 'inconclusive').length / nights.length;
    expect(decided).toBeGreaterThan(0.65);
    expect(decided).toBeLessThan(0.95);
  });

  test('nothing that differs refuses', () => {
    expect(smallestDropByMeans([0, 0, 0], rule)).toMatchObject({ status: 'refused' });
    expect(sizeByMeans([0, 0, 0], rule, 0)).toMatchObject({ status: 'refused' });
  });
});
