import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kaplanMeier } from './kaplan-meier.ts';
import { pointwiseBand, simultaneousBand } from './solved-band.ts';
import { penalizedMeanTime, solvedCurve, type TimedTrial } from './solved-curve.ts';
import { normalizedArea, shareAt } from './step-curve.ts';
import { known } from './testing/known.ts';
import { wilsonInterval } from './wilson.ts';

type Ending = TimedTrial['ended'];

function trials(...groups: readonly (readonly [Ending, ...number[]])[]): TimedTrial[] {
  const all = groups.flatMap(([ended, ...times]) => times.map((time) => ({ ended, time })));
  return all.map((one, index) => ({ ...one, task: `task-${index}`, cluster: `repo-${index % 3}` }));
}

const ten = trials(['solved', 20, 35, 50, 90], ['stopped', 30, 60, 70, 120, 120, 120]);

describe('solved at 20, 35, 50, 90; wrong at 30, 60, 70; limit 120 three times (computed)', () => {
  test('the share solved by t is .1 .2 .3 .4', () => {
    const { curve, method } = known(solvedCurve(ten));
    expect(method).toBe('share');
    expect(curve.map(({ time }) => time)).toEqual([20, 35, 50, 90]);
    for (const [index, share] of [0.1, 0.2, 0.3, 0.4].entries()) {
      expect(curve[index]?.share).toBeCloseTo(share, 12);
    }
  });

  test('1 - Kaplan-Meier with wrong answers censored would say .1, .2125, .325, .49375', () => {
    const naive = known(kaplanMeier(ten.map(({ time, ended }) => ({ time, event: ended === 'solved' }))));
    for (const [index, share] of [0.1, 0.2125, 0.325, 0.49375].entries()) {
      expect(1 - (naive[index]?.survival ?? 0)).toBeCloseTo(share, 12);
    }
  });

  test('with a crash at 40 Aalen-Johansen gives .090909 .181818 .285714 .389610', () => {
    const crashed = [...ten, ...trials(['censored', 40])];
    const { curve, method, censored } = known(solvedCurve(crashed));
    expect([method, censored]).toEqual(['Aalen-Johansen', 1]);
    for (const [index, share] of [0.090909, 0.181818, 0.285714, 0.38961].entries()) {
      expect(curve[index]?.share).toBeCloseTo(share, 6);
    }
  });

  test('area over [0, 120] / 120 is .2375, PAR2 163.5', () => {
    expect(normalizedArea(known(solvedCurve(ten)).curve, 0, 120)).toBeCloseTo(0.2375, 12);
    expect(known(penalizedMeanTime(ten, 120))).toBe(163.5);
  });
});

test('no trial, or none that came to an end, has no curve', () => {
  expect(solvedCurve([])).toEqual({ status: 'refused', reason: 'no trial' });
  expect(solvedCurve(trials(['censored', 3, 4]))).toEqual({
    status: 'refused',
    reason: 'every trial was cut off',
  });
  expect(penalizedMeanTime(trials(['censored', 3]), 10).status).toBe('refused');
});

test('nothing solved: a curve without a step, 0 everywhere', () => {
  const { curve } = known(solvedCurve(trials(['stopped', 5, 6])));
  expect(curve).toEqual([]);
  expect(shareAt(curve, 10)).toBe(0);
});

const anyTrial = fc.record({
  time: fc.integer({ min: 1, max: 15 }),
  ended: fc.constantFrom<Ending[]>('solved', 'stopped', 'censored'),
});
const anyTrials = fc
  .array(anyTrial, { minLength: 1, maxLength: 40 })
  .map((all) => all.map((one, index) => ({ ...one, task: `${index}` })));

test('Aalen-Johansen is the plain share where nothing is censored', () => {
  fc.assert(
    fc.property(anyTrials, (drawn) => {
      const whole = drawn.map((one) => ({
        ...one,
        ended: one.ended === 'censored' ? ('stopped' as const) : one.ended,
      }));
      const { curve } = known(solvedCurve(whole));
      for (let time = 0; time <= 15; time++) {
        const solved = whole.filter((one) => one.ended === 'solved' && one.time <= time).length;
        expect(shareAt(curve, time)).toBeCloseTo(solved / whole.length, 10);
      }
    }),
  );
});

test('solved, stopped and still running sum to 1 at every time, whatever was censored', () => {
  const swap = { solved: 'stopped', stopped: 'solved', censored: 'censored' } as const;
  fc.assert(
    fc.property(anyTrials, (drawn) => {
      fc.pre(drawn.some(({ ended }) => ended !== 'censored'));
      const { curve: solved } = known(solvedCurve(drawn));
      const { curve: stopped } = known(solvedCurve(drawn.map((t) => ({ ...t, ended: swap[t.ended] }))));
      const running = known(
        kaplanMeier(drawn.map(({ time, ended }) => ({ time, event: ended !== 'censored' }))),
      );
      for (const { time, survival } of running) {
        expect(shareAt(solved, time) + shareAt(stopped, time) + survival).toBeCloseTo(1, 10);
      }
    }),
  );
});

/** 60 tasks in 12 repositories, a third of them solved at spread-out times. */
const sixty: TimedTrial[] = Array.from({ length: 60 }, (_, index) => ({
  task: `task-${index}`,
  cluster: `repo-${index % 12}`,
  time: 10 + ((index * 37) % 100),
  ended: index % 3 === 0 ? 'solved' : 'stopped',
}));

describe('bands', () => {
  test('pointwise by trial is Wilson at each step', () => {
    const band = known(pointwiseBand(ten, { by: 'trial' }));
    expect(band.kind).toBe('pointwise');
    expect(band.points.map(({ time }) => time)).toEqual([20, 35, 50, 90]);
    expect(band.points[3]?.low).toBeCloseTo(wilsonInterval(4, 10)?.low ?? Number.NaN, 12);
  });

  test('repeats that agree widen the band to that of the tasks alone', () => {
    const alone = known(pointwiseBand(sixty, { by: 'trial' }));
    const repeated = sixty.flatMap((trial) => [trial, trial, trial]);
    const last = known(pointwiseBand(repeated, { by: 'task' })).points.at(-1);
    // sd with n - 1 and G / (G - 1) differ by less than a hundredth.
    expect(last?.low).toBeCloseTo(alone.points.at(-1)?.low ?? Number.NaN, 2);
    const naive = known(pointwiseBand(repeated, { by: 'trial' })).points.at(-1);
    expect(naive?.low ?? 0).toBeGreaterThan((last?.low ?? 1) + 0.03);
  });

  test('simultaneous is wider than pointwise, the same for the same seed, and says how it was made', () => {
    const options = { by: 'task', seed: 7, resamples: 2000 } as const;
    const band = known(simultaneousBand(sixty, options));
    expect(known(simultaneousBand(sixty, options))).toEqual(band);
    expect(band.method).toBe('bootstrap of the largest deviation by task, 2000 resamples, seed 7');
    const pointwise = known(pointwiseBand(sixty, { by: 'trial' })).points.at(-1);
    const last = band.points.at(-1);
    const width = (last?.high ?? 0) - (last?.low ?? 0);
    expect(width).toBeGreaterThan((pointwise?.high ?? 1) - (pointwise?.low ?? 0));
    expect(width).toBeLessThan(0.4);
  });

  test('the largest deviation of a share of one time is that of a binomial', () => {
    const oneTime = Array.from({ length: 400 }, (_, index): TimedTrial => {
      return { task: `${index}`, time: 1, ended: index < 200 ? 'solved' : 'stopped' };
    });
    const [point] = known(simultaneousBand(oneTime, { by: 'task', seed: 1 })).points;
    expect(point?.high).toBeCloseTo(0.5 + 1.96 * Math.sqrt(0.25 / 400), 2);
  });

  test('few tasks, repositories that are not there, and pointwise with censoring are refused', () => {
    expect(simultaneousBand(ten, { by: 'task', seed: 1 })).toEqual({
      status: 'refused',
      reason: '10 tasks, needs 40',
    });
    const without = sixty.map(({ cluster: _, ...trial }) => trial);
    expect(simultaneousBand(without, { by: 'cluster', seed: 1 }).status).toBe('refused');
    expect(pointwiseBand(without, { by: 'cluster' }).status).toBe('refused');
    const cut = [...sixty, ...trials(['censored', 5])];
    expect(pointwiseBand(cut, { by: 'trial' }).status).toBe('refused');
    expect(known(simultaneousBand(cut, { by: 'task', seed: 1, resamples: 200 })).points.length).toBe(20);
  });
});
