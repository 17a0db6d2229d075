import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../lib/random.ts';
import { mean } from './mean.ts';
import { meanByUnit } from './mean-by-unit.ts';
import { shareInterval } from './share-by-task.ts';
import { normalInterval } from './t-test.ts';
import { known } from './testing/known.ts';
import { wilsonInterval } from './wilson.ts';

test("repeats: Student's t over the tasks' means, with one degree of freedom fewer than tasks", () => {
  const share = shareInterval([0.5, 0.5, 1, 0.5, 0, 0.5, 1, 0.5]);
  expect(share?.method).toBe("Student's t by task");
  // 2.364624 x .113291 to either side of .5625; 1.96 standard errors would be [.3404, .7846].
  expect(share?.interval.low).toBeCloseTo(0.294609, 5);
  expect(share?.interval.high).toBeCloseTo(0.830391, 5);
});

test('few tasks: the interval ends where shares do', () => {
  expect(shareInterval([1, 0.5])?.interval).toEqual({ low: 0, high: 1 });
});

test.each([
  ['tried once', [1, 1, 0, 1]],
  ['the same in all attempts', [1, 0, 1, 1]],
])('tasks %s: Wilson’s, as many as there are tasks', (_, means) => {
  expect(shareInterval(means)).toEqual({ interval: wilsonInterval(3, 4), method: 'Wilson' });
});

test('tasks that are all half solved have a width all the same', () => {
  expect(shareInterval([0.5, 0.5, 0.5, 0.5])).toEqual({ interval: wilsonInterval(2, 4), method: 'Wilson' });
});

test('one task: what one trial tells where its attempts agree, else nothing; no task, nothing', () => {
  expect(shareInterval([1])).toEqual({ interval: wilsonInterval(1, 1), method: 'Wilson' });
  expect(shareInterval([0.5])).toBeUndefined();
  expect(shareInterval([])).toBeUndefined();
});

const draws = 2000;

/** Tasks whose chance is drawn evenly, each tried so often: the tasks' means. */
function drawMeans(random: Random, tasks: number, attempts: number): number[] {
  return Array.from({ length: tasks }, () => {
    const chance = random();
    return mean(Array.from({ length: attempts }, () => (random() < chance ? 1 : 0)));
  });
}

test.each([
  [4, 2, 0.93, 0.91],
  [6, 4, 0.93, 0.91],
  [12, 2, 0.93, 0.95],
  [40, 4, 0.93, 0.96],
])(
  '%i tasks with %i attempts: the true share lies in it in %f of all draws, which 1.96 errors do not reach with few',
  (tasks, attempts, least, mostByNormal) => {
    const random = seededRandom('coverage', tasks, attempts);
    let [held, heldByNormal] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const means = drawMeans(random, tasks, attempts);
      const { low, high } = shareInterval(means)?.interval ?? { low: 1, high: 0 };
      if (low <= 0.5 && 0.5 <= high) held += 1;
      const normal = normalInterval(mean(means), known(meanByUnit(means)).standardError);
      if (normal.low <= 0.5 && 0.5 <= normal.high) heldByNormal += 1;
    }
    expect(held / draws).toBeGreaterThan(least);
    expect(heldByNormal / draws).toBeLessThan(mostByNormal);
  },
);
