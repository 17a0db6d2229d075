import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signTest } from './binomial-test.ts';
import { bootstrapDistribution, bootstrapInterval, percentileInterval } from './bootstrap.ts';
import { mean } from './mean.ts';
import { bootstrapByCluster, bootstrapByTask } from './paired-bootstrap.ts';
import { signFlip } from './sign-flip.ts';
import { known } from './testing/known.ts';
import { publishedPair } from './testing/published-pair.ts';
import { wilcoxon } from './wilcoxon.ts';

const differences = publishedPair().map(({ claude, gpt, cluster }) => ({
  value: Number(claude) - Number(gpt),
  cluster,
}));
const values = differences.map(({ value }) => value);

test('all 27 resamples of [1, 2, 6]: SD 1.2472191289, percentiles [1.216667, 5.133333] (numpy)', () => {
  const drawn = bootstrapByTask([1, 2, 6], { seed: 1, resamples: 'all', floor: 1 });
  const { standardError, interval, resamples } = known(drawn);
  expect(resamples).toBe(27);
  expect(standardError).toBeCloseTo(1.2472191289, 10);
  expect(interval.low).toBeCloseTo(1.216667, 6);
  expect(interval.high).toBeCloseTo(5.133333, 6);
});

test('every draw comes once when all resamples are enumerated', () => {
  const seen = new Set<string>();
  const figures = bootstrapDistribution({ units: 4, seed: 1, resamples: 'all' }, (drawn) => {
    seen.add(drawn.join());
    return 0;
  });
  expect([seen.size, figures.length]).toEqual([256, 256]);
});

describe('bootstrap of the published pair', () => {
  test('by task it agrees with the paired error .0177920, by repository with .0243256', () => {
    const byTask = known(bootstrapByTask(values, { seed: 'pair' }));
    expect(byTask.standardError).toBeCloseTo(0.017792, 3);
    expect(byTask.interval.low).toBeCloseTo(0.0392, 2);
    const byRepository = known(bootstrapByCluster(differences, { seed: 'pair' }));
    expect(Math.abs(byRepository.standardError / 0.0243256 - 1)).toBeLessThan(0.05);
  });

  test('the same seed gives the same interval, another seed another', () => {
    const once = bootstrapByTask(values, { seed: 1, resamples: 500 });
    expect(bootstrapByTask(values, { seed: 1, resamples: 500 })).toEqual(once);
    const other = known(bootstrapByTask(values, { seed: 2, resamples: 500 }));
    expect(other.interval).not.toEqual(known(once).interval);
  });
});

test('few tasks and few repositories are refused', () => {
  expect(bootstrapByTask([1, 0, 1], { seed: 1 })).toEqual({
    status: 'refused',
    reason: '3 units, the percentile bootstrap needs 40',
  });
  const nine = differences.filter(({ cluster }) => cluster !== 'vuls' && cluster !== 'flipt');
  expect(bootstrapByCluster(nine, { seed: 1 }).status).toBe('refused');
});

test('a figure that too many resamples lack is refused; a few are counted', () => {
  const options = { units: 50, seed: 1, resamples: 1000 };
  const needsFirst = (drawn: Int32Array) => (drawn.includes(0) ? 1 : Number.NaN);
  expect(bootstrapInterval({ ...options, statistic: needsFirst }).status).toBe('refused');
  const needsAny = (drawn: Int32Array) => (drawn.some((unit) => unit < 5) ? 1 : Number.NaN);
  expect(known(bootstrapInterval({ ...options, statistic: needsAny })).without).toBeGreaterThan(0);
});

test('a 95 % bootstrap interval of a normal mean covers it about as often', () => {
  const one = Array.from({ length: 200 }, (_, index) => Math.sin(index * 12.9898) * 43758.5453);
  const uniform = one.map((value) => value - Math.floor(value));
  const { interval } = known(bootstrapByTask(uniform, { seed: 3, resamples: 4000 }));
  const width = 2 * 1.96 * Math.sqrt(mean(uniform.map((u) => (u - mean(uniform)) ** 2)) / 200);
  expect(interval.high - interval.low).toBeCloseTo(width, 2);
});

test('percentiles of a sorted distribution', () => {
  expect(percentileInterval([0, 1, 2, 3, 4], 0.5)).toEqual({ low: 1, high: 3 });
});

test('sign flips of [.1, .3, -.2, .4, .5]: 6 of 32 patterns, p .1875 (computed)', () => {
  const flipped = known(signFlip([0.1, 0.3, -0.2, 0.4, 0.5], { seed: 1 }));
  expect(flipped.p).toBe(0.1875);
  expect(flipped.patterns).toBe(32);
  expect(flipped.smallestP).toBe(0.0625);
});

test('below six non-zero pairs two-sided .05 is out of reach', () => {
  expect(known(signFlip([1, 1, 1, 1, 1], { seed: 1 })).p).toBeGreaterThan(0.05);
  expect(known(signFlip([1, 1, 1, 1, 1, 1], { seed: 1 })).p).toBe(0.03125);
});

test('sampled sign flips of verdicts agree with the exact McNemar p of the same counts', () => {
  const verdicts = [...Array.from({ length: 12 }, () => -1), ...Array.from({ length: 25 }, () => 1)];
  const sampled = known(signFlip([...verdicts, 0, 0], { seed: 'mcnemar', samples: 20_000 }));
  expect(sampled.method).toBe('sampled');
  expect(sampled.nonZero).toBe(37);
  expect(sampled.p).toBeCloseTo(known(signTest(verdicts)).p, 2);
});

test('a sampled p is never 0: the observed pattern counts with the sampled ones', () => {
  const certain = known(signFlip(new Array(60).fill(1), { seed: 1, samples: 999 }));
  expect(certain).toMatchObject({ p: 0.001, patterns: 999, seed: 1 });
});

test('one-sided flips count one tail', () => {
  const drops = [-0.1, -0.3, 0.2, -0.4, -0.5];
  expect(known(signFlip(drops, { seed: 1, alternative: 'less' })).p).toBe(0.09375);
  expect(known(signFlip(drops, { seed: 1, alternative: 'greater' })).p).toBeGreaterThan(0.9);
});

test('10 of 12 by the sign test, two-sided: .0385742 (computed)', () => {
  const signs = [...Array.from({ length: 10 }, () => 2), -1, -3, 0];
  expect(known(signTest(signs))).toEqual({ positive: 10, negative: 2, p: expect.closeTo(0.0385742, 7) });
});

test('Wilcoxon signed rank, data of the SciPy docs: W 24, p .041259765625', () => {
  const data = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
  const { w, p, method } = known(wilcoxon(data));
  expect([w, p, method]).toEqual([24, 0.041259765625, 'exact']);
});

test('nothing to compare is refused', () => {
  for (const refuses of [wilcoxon, signTest, (d: number[]) => signFlip(d, { seed: 1 })]) {
    expect(refuses([0, 0])).toEqual({ status: 'refused', reason: 'all differences are zero' });
  }
});

const whole = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 });

test('exact Wilcoxon with ties is the share of all sign patterns', () => {
  fc.assert(
    fc.property(whole, (drawn) => {
      const nonZero = drawn.filter((value) => value !== 0);
      fc.pre(nonZero.length > 0);
      const sizes = nonZero.map(Math.abs).toSorted((x, y) => x - y);
      const ranks = nonZero.map((v) => (sizes.indexOf(Math.abs(v)) + sizes.lastIndexOf(Math.abs(v))) / 2 + 1);
      const signed = ranks.map((rank, index) => rank * Math.sign(nonZero[index] ?? 0));
      expect(known(wilcoxon(drawn)).p).toBeCloseTo(known(signFlip(signed, { seed: 1 })).p, 9);
    }),
  );
});

test('turning all signs changes no two-sided p', () => {
  fc.assert(
    fc.property(whole, (drawn) => {
      fc.pre(drawn.some((value) => value !== 0));
      const turned = drawn.map((value) => -value);
      expect(known(wilcoxon(turned)).p).toBeCloseTo(known(wilcoxon(drawn)).p, 12);
      expect(known(signFlip(turned, { seed: 1 })).p).toBe(known(signFlip(drawn, { seed: 1 })).p);
    }),
  );
});

describe('Wilcoxon of many pairs agrees with SciPy 1.17', () => {
  const tilted = (n: number, step: number) =>
    Array.from({ length: n }, (_, index) => (index % 5 < 2 ? -1 : 1) * (Math.floor(index / step) + 1));

  test.each([
    ['exact', 200, 1, 7920, 0.009166292451835867],
    ['normal', 201, 1, 8121, 0.013974276590901783],
    ['normal', 240, 3, 11424, 0.004804397015118581],
  ])('%s, %i pairs, ties of %i: W %f, p %f', (expectedMethod, n, step, expectedW, expectedP) => {
    const { method, w, p } = known(wilcoxon(tilted(n, step)));
    expect([method, w]).toEqual([expectedMethod, expectedW]);
    expect(p).toBeCloseTo(expectedP, 12);
  });
});
