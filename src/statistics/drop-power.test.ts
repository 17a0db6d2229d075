import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropPower, smallestDetectableDrop } from './drop-power.ts';
import { known } from './testing/known.ts';

const columns = [
  [0.05, 0.02],
  [0.05, 0.1],
  [0.05, 0.24],
  [0.005, 0.02],
  [0.005, 0.1],
  [0.005, 0.24],
] as const;

/** Smallest drops seen with 80 % power, by enumeration (computed with SciPy). */
test.each([
  [20, 0.332, 0.403, 0.478, 0.503, 0.609, undefined],
  [50, 0.149, 0.198, 0.256, 0.229, 0.301, 0.378],
  [89, 0.092, 0.131, 0.175, 0.14, 0.197, 0.256],
  [100, 0.083, 0.121, 0.163, 0.127, 0.181, 0.237],
  [200, 0.048, 0.076, 0.107, 0.073, 0.112, 0.153],
  [500, 0.024, 0.044, 0.063, 0.036, 0.062, 0.089],
  [731, 0.019, 0.035, 0.051, 0.028, 0.05, 0.071],
])('the smallest drop that %i tasks see', (tasks, ...drops) => {
  for (const [index, [alpha, flipRate]] of columns.entries()) {
    const seen = smallestDetectableDrop({ tasks, flipRate, alpha });
    const expected = drops[index];
    if (expected === undefined) expect(seen.status).toBe('refused');
    else expect(Math.abs(known(seen) - expected)).toBeLessThan(0.00051);
  }
});

test('the true size of the exact test is .0124 at 50 tasks, 10 % flips, nominal .05 (computed)', () => {
  expect(known(dropPower({ tasks: 50, flipRate: 0.1, alpha: 0.05 }, 0))).toBeCloseTo(0.0124, 4);
});

test('a drop that leaves no room, and no task, are refused', () => {
  const design = { tasks: 20, flipRate: 0.24, alpha: 0.05 };
  expect(dropPower(design, 0.77).status).toBe('refused');
  expect(dropPower({ ...design, tasks: 0 }, 0).status).toBe('refused');
  expect(smallestDetectableDrop({ ...design, tasks: 0 }).status).toBe('refused');
  expect(smallestDetectableDrop({ ...design, alpha: 0.005 })).toEqual({
    status: 'refused',
    reason: 'no drop is seen with power 0.8 by 20 tasks',
  });
});

test('runs that never flip raise no alarm', () => {
  expect(known(dropPower({ tasks: 50, flipRate: 0, alpha: 0.05 }, 0))).toBe(0);
});

const designs = fc.record({
  tasks: fc.integer({ min: 5, max: 300 }),
  flipRate: fc.double({ min: 0.01, max: 0.4, noNaN: true }),
  alpha: fc.constantFrom(0.05, 0.01, 0.005),
});

test('the size never exceeds alpha, and a greater drop is seen more often', () => {
  fc.assert(
    fc.property(designs, (design) => {
      const powers = [0, 0.1, 0.2, 0.4].map((drop) => known(dropPower(design, drop)));
      expect(powers[0]).toBeLessThanOrEqual(design.alpha + 1e-12);
      expect(powers).toEqual(powers.toSorted((x, y) => x - y));
    }),
    { numRuns: 50 },
  );
});
