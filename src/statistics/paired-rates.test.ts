import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bonettPriceInterval } from './bonett-price.ts';
import { clusteredMean } from './clustered-mean.ts';
import { criticalCounts, exactDropP, mcNemar } from './mcnemar.ts';
import { meanByUnit, unpairedStandardError } from './mean-by-unit.ts';
import { newcombeInterval } from './newcombe.ts';
import { correlation, countPairs, type PairedCounts, pairsIn, rateDifference } from './paired-counts.ts';
import { waldInterval } from './paired-wald.ts';
import { normalInterval } from './t-test.ts';
import { tangoInterval, tangoScore } from './tango.ts';
import { known } from './testing/known.ts';
import { publishedPair } from './testing/published-pair.ts';

describe('the examples of Fagerland, Lydersen, Laake 2013', () => {
  test.each([
    {
      counts: { both: 1, onlyA: 1, onlyB: 7, neither: 12 },
      p: [0.0338949, 0.0770999, 0.0703125, 0.0390625],
      difference: -0.285714,
      wald: [-0.519709, -0.05172],
      bonettPrice: [-0.508359, -0.01338],
      tango: [-0.517232, -0.026003],
      newcombe: [-0.50692, -0.025559],
    },
    {
      counts: { both: 59, onlyA: 6, onlyB: 16, neither: 80 },
      p: [0.0330063, 0.0550088, 0.0524788, 0.0346897],
      difference: -0.062112,
      wald: [-0.1184, -0.005824],
      bonettPrice: [-0.119499, -0.003201],
      tango: [-0.124023, -0.005433],
      newcombe: [-0.118621, -0.004625],
    },
  ])('$counts', ({ counts, p, difference, wald, bonettPrice, tango, newcombe }) => {
    const test = known(mcNemar(counts));
    const computed = [test.p, test.corrected.p, test.exactP, test.midP];
    for (const [index, expected] of p.entries()) expect(computed[index]).toBeCloseTo(expected, 7);
    expect(rateDifference(counts)).toBeCloseTo(difference, 6);
    const methods = [waldInterval, bonettPriceInterval, tangoInterval, newcombeInterval];
    for (const [index, expected] of [wald, bonettPrice, tango, newcombe].entries()) {
      const interval = methods[index]?.(counts);
      expect(interval?.low).toBeCloseTo(expected[0] ?? Number.NaN, 6);
      expect(interval?.high).toBeCloseTo(expected[1] ?? Number.NaN, 6);
    }
  });
});

describe('GPT-5 and Claude Sonnet 4.5 on SWE-bench Pro public (scaleapi:eval_results, 729 shared tasks)', () => {
  const pair = publishedPair();
  const counts = countPairs(pair.map(({ claude, gpt }) => [claude, gpt]));
  const differences = pair.map(({ claude, gpt, cluster }) => ({
    value: Number(claude) - Number(gpt),
    cluster,
  }));

  test('the counts', () => {
    expect(counts).toEqual({ both: 206, onlyA: 113, onlyB: 59, neither: 351 });
    expect((counts.both + counts.onlyB) / 729).toBeCloseTo(0.363512, 6);
    expect((counts.both + counts.onlyA) / 729).toBeCloseTo(0.437586, 6);
    expect(rateDifference(counts)).toBeCloseTo(0.0740741, 7);
    expect(known(correlation(counts))).toBeCloseTo(0.5176, 4);
  });

  test('unpaired: SE .0255924, [.0239, .1242]', () => {
    const claude = pair.map((task) => Number(task.claude));
    const gpt = pair.map((task) => Number(task.gpt));
    // The reference divides by n here, unpairedStandardError by n - 1.
    const error = known(unpairedStandardError(claude, gpt)) * Math.sqrt(728 / 729);
    expect(error).toBeCloseTo(0.0255924, 7);
    const interval = normalInterval(rateDifference(counts), error);
    expect(interval.low).toBeCloseTo(0.0239, 4);
    expect(interval.high).toBeCloseTo(0.1242, 4);
  });

  test('one arm, naive: SE .0178274 and .0183863', () => {
    expect(known(meanByUnit(pair.map(({ gpt }) => Number(gpt)))).standardError).toBeCloseTo(0.0178274, 7);
    const claude = known(meanByUnit(pair.map((task) => Number(task.claude))));
    expect(claude.standardError).toBeCloseTo(0.0183863, 7);
  });

  test('paired: SE .0177920, [.0392024, .1089458]; with n [.0392263, .1089219]; Tango [.0392737, .1093581]', () => {
    const byTask = known(meanByUnit(differences.map(({ value }) => value)));
    expect(byTask.standardError).toBeCloseTo(0.017792, 7);
    const interval = normalInterval(byTask.mean, byTask.standardError);
    expect(interval.low).toBeCloseTo(0.0392024, 7);
    expect(interval.high).toBeCloseTo(0.1089458, 7);
    expect(waldInterval(counts).low).toBeCloseTo(0.0392263, 7);
    expect(waldInterval(counts).high).toBeCloseTo(0.1089219, 7);
    expect(tangoInterval(counts).low).toBeCloseTo(0.0392737, 7);
    expect(tangoInterval(counts).high).toBeCloseTo(0.1093581, 7);
  });

  test('clustered by 11 repositories: SE .0243256 without correction', () => {
    const plain = known(clusteredMean(differences, { smallSample: false }));
    expect(plain.standardError).toBeCloseTo(0.0243256, 7);
  });

  test('clustered with G / (G - 1) and t(10): SE .0255129, [.0172278, .1309203], p about .016', () => {
    const clustered = known(clusteredMean(differences));
    expect(clustered.standardError).toBeCloseTo(0.0255129, 7);
    expect(clustered.degreesOfFreedom).toBe(10);
    expect(clustered.interval.low).toBeCloseTo(0.0172278, 7);
    expect(clustered.interval.high).toBeCloseTo(0.1309203, 7);
    expect(clustered.t).toBeCloseTo(2.9, 2);
    expect(clustered.p).toBeCloseTo(0.016, 3);
    expect(clustered.fewClusters).toBe(true);
  });

  test('McNemar: chi2 16.953488, corrected 16.331395, exact p 4.6549e-5', () => {
    const test = known(mcNemar(counts));
    expect(test.chiSquared).toBeCloseTo(16.953488, 6);
    expect(test.p).toBeCloseTo(3.8307e-5, 9);
    expect(test.corrected.chiSquared).toBeCloseTo(16.331395, 6);
    expect(test.corrected.p).toBeCloseTo(5.3176e-5, 9);
    expect(test.exactP).toBeCloseTo(4.6549e-5, 9);
  });
});

test('without a discordant pair there is no test, and Tango still has an interval', () => {
  expect(mcNemar({ onlyA: 0, onlyB: 0 }).status).toBe('refused');
  const interval = tangoInterval({ both: 3, onlyA: 0, onlyB: 0, neither: 2 });
  const z2 = 1.959963984540054 ** 2;
  expect(interval.low).toBeCloseTo(-z2 / (5 + z2), 9);
  expect(interval.high).toBeCloseTo(z2 / (5 + z2), 9);
});

const tables = fc
  .record({ both: fc.nat(60), onlyA: fc.nat(60), onlyB: fc.nat(60), neither: fc.nat(60) })
  .filter((counts) => pairsIn(counts) > 0);

function swapped({ both, onlyA, onlyB, neither }: PairedCounts): PairedCounts {
  return { both, onlyA: onlyB, onlyB: onlyA, neither };
}

test('every interval turns its sign when the arms change places', () => {
  fc.assert(
    fc.property(tables, (counts) => {
      for (const method of [waldInterval, bonettPriceInterval, tangoInterval, newcombeInterval]) {
        const interval = method(counts);
        const mirrored = method(swapped(counts));
        expect(interval?.low).toBeCloseTo(-(mirrored?.high ?? Number.NaN), 8);
      }
    }),
  );
});

test("Tango's and Newcombe's intervals hold the difference and stay within -1 and 1", () => {
  fc.assert(
    fc.property(tables, (counts) => {
      for (const method of [tangoInterval, newcombeInterval]) {
        const { low, high } = method(counts) ?? { low: Number.NaN, high: Number.NaN };
        expect(low).toBeGreaterThanOrEqual(-1 - 1e-9);
        expect(high).toBeLessThanOrEqual(1 + 1e-9);
        expect(low).toBeLessThanOrEqual(rateDifference(counts) + 1e-9);
        expect(high).toBeGreaterThanOrEqual(rateDifference(counts) - 1e-9);
      }
    }),
  );
});

test("Tango's score at its limits is the normal quantile, and at 0 the root of McNemar's chi-squared", () => {
  fc.assert(
    fc.property(
      tables.filter(({ onlyA, onlyB }) => onlyA > 0 && onlyB > 0),
      (counts) => {
        const n = pairsIn(counts);
        expect(tangoScore(counts, n, tangoInterval(counts).low)).toBeCloseTo(1.959963984540054, 6);
        expect(tangoScore(counts, n, 0) ** 2).toBeCloseTo(known(mcNemar(counts)).chiSquared, 8);
      },
    ),
  );
});

test('mid-p lies below exact p unless the counts are equal, where both are 1', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(300), (onlyA, onlyB) => {
      fc.pre(onlyA + onlyB > 0);
      const { exactP, midP } = known(mcNemar({ onlyA, onlyB }));
      if (onlyA === onlyB) expect([exactP, midP]).toEqual([1, expect.closeTo(1, 9)]);
      else expect(midP).toBeLessThan(exactP);
    }),
  );
});

test('the critical counts are the least whose exact p is at most alpha', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120 }), fc.constantFrom(0.05, 0.005), (discordant, alpha) => {
      const critical = criticalCounts(120, alpha)[discordant] ?? Number.NaN;
      const pOf = (count: number) => exactDropP({ baselineOnly: count, candidateOnly: discordant - count });
      if (critical <= discordant) expect(pOf(critical)).toBeLessThanOrEqual(alpha);
      expect(pOf(critical - 1)).toBeGreaterThan(alpha);
    }),
  );
});
