import { expect, test } from 'vitest';
import { smallestDetectableDrop } from './drop-power.ts';
import { bootstrapByTask } from './paired-bootstrap.ts';
import { simultaneousBand } from './solved-band.ts';
import { known } from './testing/known.ts';
import { nightRates, verdictChances } from './verdict-chances.ts';

function millisecondsOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** A bootstrap of differences holds both arms: 731 tasks, 10,000 resamples. */
test('the paired bootstrap of SWE-bench Pro takes less than a second', () => {
  const differences = Array.from({ length: 731 }, (_, index) => [1, -1, 0, 0, 0][index % 5] ?? 0);
  expect(millisecondsOf(() => known(bootstrapByTask(differences, { seed: 1 })))).toBeLessThan(1000);
});

test('so do the simultaneous bands of two arms', () => {
  const trials = Array.from({ length: 731 }, (_, index) => {
    const ended = index % 3 === 0 ? ('solved' as const) : ('stopped' as const);
    return { task: `${index}`, time: 1 + ((index * 7919) % 3600), ended };
  });
  const band = () => known(simultaneousBand(trials, { by: 'task', seed: 1 }));
  expect(millisecondsOf(() => [band(), band()])).toBeLessThan(1000);
});

test('the smallest detectable drop and the enumerated rule of 731 tasks take less than half a second', () => {
  const rule = { margin: 0.05, alpha: 0.005, method: 'exact' } as const;
  const work = () => {
    known(smallestDetectableDrop({ tasks: 731, flipRate: 0.24, alpha: 0.005 }));
    known(verdictChances(nightRates(731, 0.24, 0), rule));
  };
  expect(millisecondsOf(work)).toBeLessThan(500);
});
