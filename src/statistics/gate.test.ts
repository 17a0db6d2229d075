import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomialPmf } from './distributions.ts';
import { discordantEValue } from './e-value.ts';
import { chanceOfAlarm, chanceOfConfirmedAlarm, chanceOfRedRow } from './false-alarms.ts';
import { decideGateByMeans } from './gate-by-means.ts';
import { decideGate, type GateRule } from './gate-rule.ts';
import { simulateVerdicts } from './simulate-verdicts.ts';
import { sprtLines, sprtVerdict } from './sprt.ts';
import { tasksToDecide } from './tasks-to-decide.ts';
import { known } from './testing/known.ts';
import { nightRates, verdictChances } from './verdict-chances.ts';

const rule: GateRule = { margin: 0.05, alpha: 0.05, method: 'exact' };

describe('verdicts at n = 200 and a margin of .05 (computed)', () => {
  test('candidate only 12, baseline only 16: inconclusive', () => {
    const counts = { tasks: 200, candidateOnly: 12, baselineOnly: 16 };
    const decision = decideGate(counts, { ...rule, method: 'normal' });
    expect(decision).toMatchObject({
      verdict: 'inconclusive',
      difference: expect.closeTo(-0.02, 12),
      standardError: expect.closeTo(0.0264197, 7),
      limits: { low: expect.closeTo(-0.063457, 6), high: expect.closeTo(0.023457, 6) },
      nonInferiority: { z: expect.closeTo(1.135517, 6), p: expect.closeTo(0.128079, 6) },
    });
    expect(decideGate(counts, rule).verdict).toBe('inconclusive');
  });

  test('10 against 30: fail', () => {
    const counts = { tasks: 200, candidateOnly: 10, baselineOnly: 30 };
    const decision = decideGate(counts, { ...rule, method: 'normal' });
    expect(decision).toMatchObject({
      verdict: 'fail',
      difference: expect.closeTo(-0.1, 12),
      standardError: expect.closeTo(0.0308221, 7),
      limits: { low: expect.closeTo(-0.150698, 6), high: expect.closeTo(-0.049302, 6) },
      exactP: expect.closeTo(0.00111072, 8),
    });
    expect(decideGate(counts, rule).verdict).toBe('fail');
  });
});

test('five tasks without a difference pass by Wald and not by the exact rule', () => {
  const counts = { tasks: 5, candidateOnly: 0, baselineOnly: 0 };
  expect(decideGate(counts, { ...rule, method: 'normal' }).verdict).toBe('pass');
  expect(decideGate(counts, rule).verdict).toBe('inconclusive');
  expect(decideGate({ ...counts, tasks: 200 }, rule).verdict).toBe('pass');
});

test('a significant drop that does not reach the margin does not fail', () => {
  const counts = { tasks: 1000, candidateOnly: 5, baselineOnly: 45 };
  const decision = decideGate(counts, rule);
  expect(decision.exactP).toBeLessThan(1e-6);
  expect(decision.verdict).toBe('inconclusive');
});

describe('the size of the whole rule, enumerated', () => {
  test.each([
    { method: 'normal', tasks: 100, drop: 0, alpha: 0.05, pass: 0.4973259308, fail: 0.0504305077 },
    { method: 'normal', tasks: 100, drop: 0, alpha: 0.005, pass: 0.1953363066, fail: 0.0054462224 },
    { method: 'normal', tasks: 50, drop: 0.1, alpha: 0.05, pass: 0.0093492526, fail: 0.5273041749 },
    { method: 'exact', tasks: 100, drop: 0, alpha: 0.05, pass: 0.4362505586, fail: 0.0233840115 },
    { method: 'exact', tasks: 100, drop: 0, alpha: 0.005, pass: 0.0902125979, fail: 0.0015816509 },
    { method: 'exact', tasks: 100, drop: 0.05, alpha: 0.05, pass: 0.0496120644, fail: 0.2773713511 },
  ] as const)('10 % flips, $method, $tasks tasks, drop $drop, alpha $alpha: as SciPy sums it', (night) => {
    const { method, tasks, drop, alpha, pass, fail } = night;
    const chances = known(verdictChances(nightRates(tasks, 0.1, drop), { ...rule, alpha, method }));
    expect(chances.pass).toBeCloseTo(pass, 9);
    expect(chances.fail).toBeCloseTo(fail, 9);
  });

  test('95 % limits at a nominal alpha of .005 would be red in 5 % of alike nights', () => {
    const nominal = known(verdictChances(nightRates(100, 0.1, 0), { ...rule, method: 'normal' }));
    expect(nominal.fail).toBeCloseTo(0.05, 2);
  });

  test('the three verdicts sum to 1; the exact rule fails alike runs at most at alpha and seldom passes the margin', () => {
    const nights = fc.record({
      tasks: fc.integer({ min: 5, max: 250 }),
      flipRate: fc.double({ min: 0, max: 0.4, noNaN: true }),
      alpha: fc.constantFrom(0.05, 0.005),
    });
    fc.assert(
      fc.property(nights, ({ tasks, flipRate, alpha }) => {
        const alike = known(verdictChances(nightRates(tasks, flipRate, 0), { ...rule, alpha }));
        expect(alike.pass + alike.fail + alike.inconclusive).toBeCloseTo(1, 9);
        expect(alike.fail).toBeLessThanOrEqual(alpha + 1e-9);
        const worse = known(verdictChances(nightRates(tasks, flipRate, rule.margin), { ...rule, alpha }));
        // Tango's limit is a score, not an exact one: it may pass a little more often than alpha.
        expect(worse.pass).toBeLessThan(1.5 * alpha);
      }),
      { numRuns: 60 },
    );
  });

  test('simulated nights agree with the enumeration within four standard errors', () => {
    const rates = nightRates(120, 0.12, 0.04);
    const exact = known(verdictChances(rates, rule));
    const nights = 20_000;
    const seen = simulateVerdicts(rates, rule, { nights, seed: 'check' });
    for (const verdict of ['pass', 'fail', 'inconclusive'] as const) {
      const error = Math.sqrt((exact[verdict] * (1 - exact[verdict])) / nights);
      expect(Math.abs(seen[verdict] - exact[verdict])).toBeLessThan(4 * error);
    }
    expect(simulateVerdicts(rates, rule, { nights: 200, seed: 1 })).toEqual(
      simulateVerdicts(rates, rule, { nights: 200, seed: 1 }),
    );
  });

  test('impossible rates are refused', () => {
    expect(verdictChances(nightRates(0, 0.1, 0), rule).status).toBe('refused');
    expect(verdictChances(nightRates(10, 0.5, 0.6), rule).status).toBe('refused');
  });
});

describe('pairs that would decide an inconclusive gate', () => {
  const counts = { tasks: 200, candidateOnly: 12, baselineOnly: 16 };

  test('the least number that decides with 80 % chance at the rates seen', () => {
    const { tasks, chances } = known(tasksToDecide(counts, rule));
    expect(tasks).toBeGreaterThan(200);
    expect(1 - chances.inconclusive).toBeGreaterThanOrEqual(0.8);
    expect(chances.pass).toBeGreaterThan(chances.fail);
    const rates = { tasks: Math.floor(tasks * 0.9), candidateOnly: 0.06, baselineOnly: 0.08 };
    expect(known(verdictChances(rates, rule)).inconclusive).toBeGreaterThan(0.2);
  });

  test('a difference at the margin itself is not decided by any number', () => {
    const atMargin = { tasks: 200, candidateOnly: 0, baselineOnly: 10 };
    const decided = tasksToDecide(atMargin, rule, 0.99);
    expect(decided).toEqual({ status: 'refused', reason: 'not decided by 20000 pairs either' });
  });

  test('no discordant task tells no rate', () => {
    expect(tasksToDecide({ tasks: 10, candidateOnly: 0, baselineOnly: 0 }, rule).status).toBe('refused');
  });
});

describe('with repeats, by the differences of the tasks’ means', () => {
  const nights = (drop: number, tasks = 120) =>
    Array.from({ length: tasks }, (_, index) => [0.2, -0.2, 0.4, -0.4, 0][index % 5] ?? 0).map(
      (d) => d - drop,
    );

  test('alike passes, a clear drop fails, in between is inconclusive', () => {
    expect(known(decideGateByMeans(nights(0), rule, 1))).toMatchObject({ verdict: 'pass', limitsBy: 't' });
    expect(known(decideGateByMeans(nights(0.15), rule, 1)).verdict).toBe('fail');
    expect(known(decideGateByMeans(nights(0.04), rule, 1)).verdict).toBe('inconclusive');
  });

  test('hardly any task that differs does not make a run safe', () => {
    const one = [0.2, ...Array.from({ length: 9 }, () => 0)];
    expect(known(decideGateByMeans(one, rule, 1))).toMatchObject({
      verdict: 'inconclusive',
      limitsBy: 'Tango on signs',
    });
    expect(known(decideGateByMeans(new Array(300).fill(0), rule, 1)).verdict).toBe('pass');
    expect(decideGateByMeans([0], rule, 1).status).toBe('refused');
  });
});

describe('false alarms in 30 nights (computed)', () => {
  test.each([
    [0.05, 0.785],
    [0.01, 0.26],
    [0.005, 0.14],
  ])('alpha %f: %f', (alpha, chance) => expect(chanceOfAlarm(alpha, 30)).toBeCloseTo(chance, 3));

  test('confirmed on the same night at .05: .0025 a night, 7.2 %', () => {
    expect(chanceOfConfirmedAlarm(0.05, 1)).toBeCloseTo(0.0025, 12);
    expect(chanceOfConfirmedAlarm(0.05, 30)).toBeCloseTo(0.072, 3);
  });

  test('two red nights in a row at .05: 6.7 %', () => {
    expect(chanceOfRedRow(0.05, 30)).toBeCloseTo(0.067, 3);
    expect(chanceOfRedRow(0.05, 2)).toBeCloseTo(0.0025, 12);
    expect(chanceOfRedRow(0.3, 30, 1)).toBeCloseTo(chanceOfAlarm(0.3, 30), 12);
  });
});

describe('e-values of discordant pairs (computed)', () => {
  test.each([
    [10, 30, 31.6369, 63.2279],
    [12, 16, 0.304269, 0.469104],
    [59, 113, 501.611, 1003.205],
  ])('candidate only %i, baseline only %i: %f, one-sided %f', (candidateOnly, baselineOnly, both, drop) => {
    const counts = { candidateOnly, baselineOnly };
    expect(Math.abs(discordantEValue(counts, 'two-sided').e / both - 1)).toBeLessThan(2e-6);
    expect(Math.abs(discordantEValue(counts).e / drop - 1)).toBeLessThan(2e-6);
  });

  test('the expected value is 1 where the runs are alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.constantFrom('drop', 'two-sided'), (n, sides) => {
        let expected = 0;
        for (let count = 0; count <= n; count++) {
          const counts = { baselineOnly: count, candidateOnly: n - count };
          expected += binomialPmf(count, n, 0.5) * discordantEValue(counts, sides).e;
        }
        expect(expected).toBeCloseTo(1, 7);
      }),
      { numRuns: 30 },
    );
  });

  test('thousands of pairs do not overflow the logarithm', () => {
    const { logE, anytimeP } = discordantEValue({ baselineOnly: 6000, candidateOnly: 1000 });
    expect(logE).toBeGreaterThan(700);
    expect(anytimeP).toBe(0);
  });
});

describe('SPRT, example of the NIST handbook: p1 .01, p2 .10, alpha .05, beta .10', () => {
  const design = { p1: 0.01, p2: 0.1, alpha: 0.05, beta: 0.1 };

  test('h1 .938862, h2 1.205379, s .0397474', () => {
    const { h1, h2, slope } = sprtLines(design);
    expect(h1).toBeCloseTo(0.938862, 6);
    expect(h2).toBeCloseTo(1.205379, 6);
    expect(slope).toBeCloseTo(0.0397474, 7);
  });

  test('accepts the 24th clean trial, rejects two failures at once, goes on in between', () => {
    expect(sprtVerdict(0, 23, design)).toBe('continue');
    expect(sprtVerdict(0, 24, design)).toBe('accept');
    expect(sprtVerdict(2, 3, design)).toBe('reject');
    expect(sprtVerdict(1, 3, design)).toBe('continue');
  });
});
