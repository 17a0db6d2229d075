import { describe, expect, test } from 'vitest';
import { compareArms } from './compare-arms.ts';
import type { Attempt, TaskAttempts } from './pair-tasks.ts';
import { known } from './testing/known.ts';
import { publishedPair } from './testing/published-pair.ts';

const options = { seed: 'compare', resamples: 2000 };

function attempt(resolved: boolean | undefined, seconds?: number, costUsd?: number): Attempt {
  return { resolved, timeUs: seconds === undefined ? undefined : seconds * 1e6, costUsd };
}

function task(taskId: string, ...attempts: readonly Attempt[]): TaskAttempts {
  return { taskId, cluster: undefined, attempts };
}

describe('Claude Sonnet 4.5 and GPT-5 on SWE-bench Pro public (scaleapi:eval_results, 729 shared tasks)', () => {
  const pair = publishedPair();
  const arm = (name: 'claude' | 'gpt') =>
    pair.map((one) => ({ taskId: one.task, cluster: one.cluster, attempts: [attempt(one[name])] }));
  const comparison = compareArms(arm('claude'), arm('gpt'), options);
  const accuracy = known(comparison.accuracy);

  test('difference .0741, SE .0178 paired, .0255 by 11 repositories, exact p 4.65e-5', () => {
    expect(comparison.pairing.tasks).toHaveLength(729);
    expect(known(accuracy.counts)).toEqual({ both: 206, onlyA: 113, onlyB: 59, neither: 351 });
    expect(accuracy.difference).toBeCloseTo(0.0740741, 7);
    expect(known(accuracy.byTask).standardError).toBeCloseTo(0.017792, 6);
    expect(known(accuracy.byCluster)).toMatchObject({
      standardError: expect.closeTo(0.0255129, 7),
      degreesOfFreedom: 10,
      clusters: 11,
      fewClusters: true,
    });
    expect(known(accuracy.mcNemar).exactP).toBeCloseTo(4.6549e-5, 9);
    expect(known(accuracy.tango).low).toBeCloseTo(0.0392737, 7);
  });

  test('every method of the difference agrees in its sign, and by repository none is as sure', () => {
    for (const interval of [accuracy.tango, accuracy.newcombe, accuracy.bonettPrice]) {
      expect(known(interval).low).toBeGreaterThan(0);
    }
    expect(known(accuracy.bootstrapByTask).interval.low).toBeGreaterThan(0);
    expect(known(accuracy.signFlipByTask).p).toBeLessThan(0.001);
    expect(known(accuracy.signFlipByCluster)).toMatchObject({ method: 'exact', patterns: 2048 });
    expect(known(accuracy.signFlipByCluster).p).toBeGreaterThan(0.005);
    expect(known(accuracy.bootstrapByCluster).standardError).toBeGreaterThan(0.02);
  });

  test('each arm with its Wilson interval and pass@1', () => {
    expect(accuracy.a).toMatchObject({ tasks: 729, judged: 729, resolved: 319 });
    expect(known(accuracy.b.wilson).low).toBeLessThan(265 / 729);
    expect(accuracy.passes).toHaveLength(1);
    expect(known(accuracy.passes[0]?.passAtK.a ?? { status: 'refused', reason: 'none' })).toBeCloseTo(
      319 / 729,
      12,
    );
  });

  test('what the records do not hold is refused with the reason', () => {
    expect(comparison.speed).toEqual({ status: 'refused', reason: 'an attempt without a known time' });
    expect(comparison.costPerSolve.a).toEqual({
      status: 'refused',
      reason: 'an attempt without a known cost',
    });
    expect(comparison.pairedTimes.status).toBe('refused');
  });
});

describe('a fast arm against a deep one', () => {
  const fastTimes = '12s 20s 25w 40s 60w 60w 75s 90w 120w 120w';
  const deepTimes = '100s 150s 200s 250w 320s 400s 500w 600s 900w 900w';
  const arm = (list: string, costUsd: number) =>
    list
      .split(' ')
      .map((one, index) => task(`t${index}`, attempt(one.endsWith('s'), Number.parseInt(one, 10), costUsd)));
  const comparison = compareArms(arm(fastTimes, 0.07), arm(deepTimes, 0.6), options);
  const speed = known(comparison.speed);

  test('speed-ups at every tenth, not reached where the fast arm stops', () => {
    expect(speed.speedUps.map(({ share }) => share)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    expect(speed.speedUps[3]?.speedUp).toMatchObject({ status: 'reached', ratio: expect.closeTo(4.267, 3) });
    expect(speed.speedUps[4]).toMatchObject({
      speedUp: { status: 'not-reached', by: 'fast' },
      interval: { status: 'refused', reason: 'not reached' },
    });
  });

  test('who is early, when the other passes, and the horizon of the areas', () => {
    expect(speed.crossover).toMatchObject({ early: 'a', result: { status: 'crossed', aheadFrom: 400e6 } });
    const turned = known(compareArms(arm(deepTimes, 1), arm(fastTimes, 1), options).speed);
    expect(turned.crossover).toMatchObject({ early: 'b', result: { status: 'crossed', aheadFrom: 400e6 } });
    expect(speed.horizonUs).toBe(900e6);
    expect(speed.a.area).toBeCloseTo(0.383667, 6);
    expect(known(speed.a.solvesPerHour)).toBeCloseTo((4 * 3600) / 622, 9);
  });

  test('times on the tasks both solved, and what a solve costs', () => {
    expect(known(comparison.pairedTimes)).toMatchObject({ pairs: 2 });
    expect(known(comparison.pairedTimes).ratio).toBeCloseTo(Math.sqrt((12 * 20) / (100 * 150)), 9);
    expect(known(comparison.costPerSolve.a).usd).toBeCloseTo(0.175, 12);
    expect(known(comparison.costPerSolve.b).usd).toBeCloseTo(1, 12);
  });

  test('ten tasks are too few for bootstraps, and without repositories nothing is clustered', () => {
    const accuracy = known(comparison.accuracy);
    expect(accuracy.bootstrapByTask.status).toBe('refused');
    expect(accuracy.byCluster).toEqual({ status: 'refused', reason: 'tasks without a repository' });
    expect(speed.speedUps[0]?.interval.status).toBe('refused');
  });
});

test('the speed-up of many tasks has an interval that holds it', () => {
  const arm = (scale: number) =>
    Array.from({ length: 80 }, (_, index) =>
      task(`t${index}`, attempt(index % 4 !== 0, scale * (10 + ((index * 29) % 80)))),
    );
  const [first] = known(compareArms(arm(1), arm(5), options).speed).speedUps;
  const { interval, seed } = known(first?.interval ?? { status: 'refused', reason: 'none' });
  expect(interval.low).toBeLessThanOrEqual(5);
  expect(interval.high).toBeGreaterThanOrEqual(5);
  expect(seed).toBe('compare');
});

describe('what was not judged, not paired, or tried several times', () => {
  const a = [
    task('both', attempt(true, 10), attempt(false, 20), attempt(true, 30)),
    task('crashed', attempt(undefined, 5)),
    task('mine', attempt(true, 5)),
    task('cut', attempt(true, 8), attempt(false, 9), attempt(undefined, 3)),
  ];
  const b = [
    task('both', attempt(false, 10), attempt(false, 20), attempt(true, 30)),
    task('crashed', attempt(true, 5)),
    task('cut', attempt(false, 8), attempt(false, 9), attempt(false, 9)),
    task('yours', attempt(true, 5)),
  ];
  const { pairing, accuracy, speed } = compareArms(a, b, options);

  test('is named, and never scored 0', () => {
    expect(pairing.tasks.map(({ taskId }) => taskId)).toEqual(['both', 'cut']);
    expect(pairing).toMatchObject({ onlyInA: ['mine'], onlyInB: ['yours'], withoutVerdict: ['crashed'] });
    expect(known(accuracy).a).toMatchObject({ judged: 5, resolved: 3, mean: (2 / 3 + 1 / 2) / 2 });
  });

  test('repeats: no counts of pairs, but pass@k up to the fewest judged attempts', () => {
    expect(known(accuracy).counts.status).toBe('refused');
    expect(known(accuracy).mcNemar).toEqual(known(accuracy).counts);
    expect(known(accuracy).a.wilson.status).toBe('refused');
    expect(known(accuracy).passes.map(({ k }) => k)).toEqual([1, 2]);
  });

  test('an attempt without a verdict is cut off at its time', () => {
    expect(known(speed).a.solved).toMatchObject({ method: 'Aalen-Johansen', censored: 1, trials: 6 });
    expect(known(speed).b.solved.method).toBe('share');
  });

  test('no task in common', () => {
    const none = compareArms([task('x', attempt(true, 1))], [task('y', attempt(true, 1))], options);
    expect(none.accuracy).toEqual({ status: 'refused', reason: 'no task came to a verdict in both arms' });
    expect(none.speed.status).toBe('refused');
    expect(none.costPerSolve.a.status).toBe('refused');
  });
});
