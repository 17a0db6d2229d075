import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passAtK, passByTask, passHatK } from './pass-at-k.ts';
import { known } from './testing/known.ts';

describe('Chen et al. 2021, openai/human-eval', () => {
  test.each([
    [5, 2, 1, 0.4],
    [5, 2, 3, 0.9],
    [10, 3, 5, 0.9166666667],
    [4, 1, 2, 0.5],
    [200, 7, 10, 0.3055988116],
    [3, 0, 2, 0],
    [5, 5, 5, 1],
  ])('%i attempts, %i resolved: pass@%i is %f', (attempts, resolved, k, expected) => {
    expect(known(passAtK({ attempts, resolved }, k))).toBeCloseTo(expected, 10);
  });

  test.each([
    [5, 2, 3, 0.784],
    [10, 3, 5, 0.83193],
    [4, 1, 2, 0.4375],
  ])('the plug-in of %i, %i at %i is %f, below ours', (attempts, resolved, k, plugIn) => {
    expect(1 - (1 - resolved / attempts) ** k).toBeCloseTo(plugIn, 10);
    expect(known(passAtK({ attempts, resolved }, k))).toBeGreaterThan(plugIn);
  });
});

test('pass^k of tau-bench is C(c, k) / C(n, k)', () => {
  expect(known(passHatK({ attempts: 5, resolved: 4 }, 2))).toBeCloseTo(6 / 10, 12);
  expect(known(passHatK({ attempts: 5, resolved: 1 }, 2))).toBe(0);
  expect(known(passHatK({ attempts: 5, resolved: 5 }, 5))).toBe(1);
});

test('k beyond the attempts of any task is refused, with that task', () => {
  expect(passAtK({ attempts: 2, resolved: 1 }, 3)).toEqual({
    status: 'refused',
    reason: '2 judged attempts, pass@3 needs 3',
  });
  const tasks = [
    { attempts: 3, resolved: 1 },
    { attempts: 2, resolved: 1 },
  ];
  expect(passByTask(tasks, 3, passAtK)).toEqual({
    status: 'refused',
    reason: 'a task has 2 judged attempts, pass@3 needs 3',
  });
  expect(known(passByTask(tasks, 2, passAtK))).toEqual([expect.closeTo(2 / 3, 12), 1]);
  expect(passByTask([], 1, passAtK).status).toBe('refused');
});

const passes = fc
  .integer({ min: 1, max: 40 })
  .chain((attempts) => fc.record({ attempts: fc.constant(attempts), resolved: fc.nat({ max: attempts }) }));

test('at k = 1 both are the share resolved; then pass@k rises and pass^k falls', () => {
  fc.assert(
    fc.property(passes, (task) => {
      expect(known(passAtK(task, 1))).toBeCloseTo(task.resolved / task.attempts, 12);
      expect(known(passHatK(task, 1))).toBeCloseTo(task.resolved / task.attempts, 12);
      for (let k = 2; k <= task.attempts; k++) {
        expect(known(passAtK(task, k))).toBeGreaterThanOrEqual(known(passAtK(task, k - 1)) - 1e-12);
        expect(known(passHatK(task, k))).toBeLessThanOrEqual(known(passHatK(task, k - 1)) + 1e-12);
      }
    }),
  );
});

test('failing k times is passing k times with verdicts turned', () => {
  fc.assert(
    fc.property(passes, fc.integer({ min: 1, max: 40 }), (task, k) => {
      fc.pre(k <= task.attempts);
      const turned = { attempts: task.attempts, resolved: task.attempts - task.resolved };
      expect(known(passAtK(task, k))).toBeCloseTo(1 - known(passHatK(turned, k)), 10);
    }),
  );
});
