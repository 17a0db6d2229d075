import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cascade } from './cascade.ts';
import { costPerSolve } from './cost-per-solve.ts';
import { bootstrapRatio, geometricRatio } from './geometric-ratio.ts';
import { decideLatency } from './latency-gate.ts';
import { dominance } from './pareto.ts';
import { solvedCurve, solvesPerTime, type TimedTrial } from './solved-curve.ts';
import { crossover, speedUpAt } from './speed-up.ts';
import { logTimeArea, normalizedArea, type StepCurve, shareAt, timeToReach } from './step-curve.ts';
import { known } from './testing/known.ts';

/** "12s 25w": solved at 12, ended without at 25. */
function arm(list: string): TimedTrial[] {
  return list.split(' ').map((one, index) => ({
    task: `task-${index}`,
    time: Number.parseInt(one, 10),
    ended: one.endsWith('s') ? 'solved' : 'stopped',
  }));
}

describe('a fast and a deep arm on ten tasks (computed)', () => {
  const fastTrials = arm('12s 20s 25w 40s 60w 60w 75s 90w 120w 120w');
  const deepTrials = arm('100s 150s 200s 250w 320s 400s 500w 600s 900w 900w');
  const fast = known(solvedCurve(fastTrials)).curve;
  const deep = known(solvedCurve(deepTrials)).curve;

  test.each([
    [30, 0.2, 0],
    [60, 0.3, 0],
    [120, 0.4, 0.1],
    [200, 0.4, 0.3],
    [320, 0.4, 0.4],
    [400, 0.4, 0.5],
    [900, 0.4, 0.6],
  ])('by %i s: %f and %f', (time, byFast, byDeep) => {
    expect(shareAt(fast, time)).toBeCloseTo(byFast, 12);
    expect(shareAt(deep, time)).toBeCloseTo(byDeep, 12);
  });

  test.each([
    [0.1, 8.333],
    [0.2, 7.5],
    [0.3, 5],
    [0.4, 4.267],
  ])('speed-up at accuracy %f: %f', (share, ratio) => {
    expect(speedUpAt(share, fast, deep)).toMatchObject({
      status: 'reached',
      ratio: expect.closeTo(ratio, 3),
    });
  });

  test('speed-up where an arm never gets there: not reached, and by whom', () => {
    expect(speedUpAt(0.5, fast, deep)).toEqual({ status: 'not-reached', by: 'fast' });
    expect(speedUpAt(0.6, fast, deep)).toEqual({ status: 'not-reached', by: 'fast' });
    expect(speedUpAt(0.5, deep, fast)).toEqual({ status: 'not-reached', by: 'deep' });
    expect(speedUpAt(0.7, fast, deep)).toEqual({ status: 'not-reached', by: 'both' });
  });

  test('crossover: level from 320 s, deep ahead from 400 s', () => {
    expect(crossover(fast, deep)).toEqual({
      status: 'crossed',
      levelFrom: 320,
      aheadFrom: 400,
      leadChanges: 1,
    });
    expect(crossover(deep, fast)).toEqual({ status: 'ahead-first' });
  });

  test('the winner by area depends on the horizon', () => {
    expect(normalizedArea(fast, 0, 120)).toBeCloseTo(0.2775, 12);
    expect(normalizedArea(deep, 0, 120)).toBeCloseTo(0.016667, 6);
    expect(normalizedArea(fast, 0, 900)).toBeCloseTo(0.383667, 6);
    expect(normalizedArea(deep, 0, 900)).toBeCloseTo(0.403333, 6);
    expect(logTimeArea(fast, 10, 900)).toBeCloseTo(0.304959, 6);
    expect(logTimeArea(deep, 10, 900)).toBeCloseTo(0.172086, 6);
  });

  test('solves in an hour of agent time: 23.151 and 5.000', () => {
    expect(known(solvesPerTime(fastTrials, 3600))).toBeCloseTo(23.151, 3);
    expect(known(solvesPerTime(deepTrials, 3600))).toBeCloseTo(5, 12);
  });
});

test('curves that meet no more, or that cross twice', () => {
  const step = (...steps: [number, number][]): StepCurve => steps.map(([time, share]) => ({ time, share }));
  expect(crossover(step([1, 0.2]), step([2, 0.1]))).toEqual({ status: 'not-reached' });
  expect(crossover(step(), step())).toEqual({ status: 'not-reached' });
  expect(crossover(step([2, 0.1]), step([1, 0.2]))).toEqual({ status: 'ahead-first' });
  const twice = crossover(step([1, 0.1], [3, 0.3]), step([2, 0.2], [4, 0.4]));
  expect(twice).toEqual({ status: 'crossed', aheadFrom: 2, levelFrom: undefined, leadChanges: 3 });
});

test('the area under a curve lies between its ends, and the time to a share is where the curve gets to it', () => {
  const curves = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.boolean()), { minLength: 1, maxLength: 30 })
    .map((all) => all.map(([time, ok], index) => `${time}${ok || index === 0 ? 's' : 'w'}`).join(' '));
  fc.assert(
    fc.property(curves, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
      const { curve } = known(solvedCurve(arm(list)));
      for (const area of [normalizedArea(curve, 1, 100), logTimeArea(curve, 1, 100)]) {
        expect(area).toBeGreaterThanOrEqual(shareAt(curve, 1) - 1e-9);
        expect(area).toBeLessThanOrEqual(shareAt(curve, 100) + 1e-9);
      }
      const time = timeToReach(curve, share);
      if (time === undefined) expect(shareAt(curve, 100)).toBeLessThan(share);
      else expect(shareAt(curve, time)).toBeGreaterThanOrEqual(share - 1e-9);
    }),
  );
});

const slow = [30, 45, 60, 120, 300];
const quick = [10, 12, 25, 50, 90];

test('paired times: ratio .341279, [.266708, .436699], t -12.1066, p .000267 (computed)', () => {
  const pairs = slow.map((b, index) => ({ a: quick[index] ?? Number.NaN, b }));
  const { ratio, interval, t, p } = known(geometricRatio(pairs));
  expect(ratio).toBeCloseTo(0.341279, 6);
  expect(interval.low).toBeCloseTo(0.266708, 6);
  expect(interval.high).toBeCloseTo(0.436699, 6);
  expect(t).toBeCloseTo(-12.1066, 4);
  expect(p).toBeCloseTo(0.000267, 6);
  const turned = known(geometricRatio(pairs.map(({ a, b }) => ({ a: b, b: a }))));
  expect(turned.ratio).toBeCloseTo(1 / ratio, 12);
});

test('one pair, or a time of 0, has no ratio', () => {
  expect(geometricRatio([{ a: 1, b: 2 }]).status).toBe('refused');
  expect(geometricRatio([{ a: 0, b: 2 }])).toEqual({ status: 'refused', reason: 'a time of 0' });
  expect(bootstrapRatio([{ a: 0, b: 2 }], { seed: 1 }).status).toBe('refused');
});

describe('cost per solve', () => {
  const costs = [0.05, 0.04, 0.06, 0.05, 0.07, 0.08, 0.09, 0.06, 0.1, 0.1];
  const tasks = costs.map((costUsd, index) => ({ costUsd, solves: index < 4 ? 1 : 0 }));

  test('$0.70 for 4 solves is $0.175, with the solves where the fast arm has them SE .081309 (computed)', () => {
    const solved = [0, 1, 3, 6];
    const placed = costs.map((costUsd, index) => ({ costUsd, solves: solved.includes(index) ? 1 : 0 }));
    const { usd, standardError } = known(costPerSolve(placed));
    expect(usd).toBeCloseTo(0.175, 12);
    expect(standardError).toBeCloseTo(0.081309, 6);
  });

  test("Fieller's interval holds the ratio and reaches further up than down", () => {
    const { usd, interval } = known(costPerSolve(tasks));
    expect(interval.low).toBeLessThan(usd);
    expect(interval.high - usd).toBeGreaterThan(usd - interval.low);
  });

  test('none, or too few to tell from none, is refused', () => {
    expect(costPerSolve(tasks.map((task) => ({ ...task, solves: 0 })))).toEqual({
      status: 'refused',
      reason: 'nothing was solved',
    });
    expect(costPerSolve(tasks.map((task, index) => ({ ...task, solves: index === 0 ? 1 : 0 })))).toEqual({
      status: 'refused',
      reason: '1 solves of 10: too few to tell from none',
    });
    expect(costPerSolve([{ costUsd: 1, solves: 1 }]).status).toBe('refused');
  });
});

test('a point is dominated only where both intervals exclude 0 in the bad direction', () => {
  const worse = { low: -0.2, high: -0.1 };
  const better = { low: 0.1, high: 0.2 };
  const unclear = { low: -0.1, high: 0.1 };
  expect(dominance({ accuracy: worse, cost: better })).toBe('dominated');
  expect(dominance({ accuracy: better, cost: worse })).toBe('dominates');
  expect(dominance({ accuracy: better, cost: better })).toBe('trade-off');
  expect(dominance({ accuracy: worse, cost: worse })).toBe('trade-off');
  expect(dominance({ accuracy: unclear, cost: better })).toBe('not-separated');
  expect(dominance({ accuracy: worse, cost: unclear })).toBe('not-separated');
});

test('a cascade with a perfect verifier costs the fast time and, for each failure, the deep one', () => {
  const arms = { fastTime: 60, deepTime: 400, fastAccuracy: 0.4, deepAccuracyOnRest: 0.5 };
  const perfect = cascade({ ...arms, falsePassRate: 0, falseFailRate: 0 });
  expect(perfect.meanTime).toBeCloseTo(60 + 0.6 * 400, 12);
  expect(perfect.accuracy).toBeCloseTo(0.7, 12);
  const real = cascade({ ...arms, falsePassRate: 0.2, falseFailRate: 0.1 });
  expect(real.escalated).toBeCloseTo(0.6 * 0.8 + 0.4 * 0.1, 12);
  expect(real.accuracy).toBeCloseTo(0.4 + 0.48 * 0.5, 12);
});

describe('latency gate', () => {
  const rule = { margin: 0.1, alpha: 0.05, floor: 20, seed: 'latency' };
  const nights = (factor: number, base = 1000) =>
    Array.from({ length: 60 }, (_, index) => {
      const b = base * (1 + (index % 7) / 10);
      return { a: b * factor * (1 + ((index * 13) % 11) / 200), b };
    });
  const same = nights(0.975);

  test('twice as slow fails, alike passes, at the margin is inconclusive', () => {
    expect(decideLatency(nights(2), same, rule).verdict).toBe('fail');
    expect(decideLatency(same, same, rule).verdict).toBe('pass');
    expect(decideLatency(nights(1.075), same, rule)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the limits of the slowdown hold the margin',
    });
  });

  test('does not fail where the host slowed the baseline too, nor below the absolute floor', () => {
    expect(decideLatency(nights(2), nights(1.5), rule)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^the baseline against itself differs by the factor 1\.5/),
    });
    expect(decideLatency(nights(1.3, 30), nights(0.975, 30), rule).reason).toMatch(/below the floor of 20$/);
  });

  test('too few tasks decide nothing, and say so', () => {
    expect(decideLatency(nights(2).slice(0, 9), same, rule)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'slowdown: 9 units, the percentile bootstrap needs 40',
      ratio: undefined,
    });
    expect(decideLatency(nights(2), [], rule).reason).toBe(
      'baseline against itself: 0 units, the percentile bootstrap needs 40',
    );
  });
});
