import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runAll, type Try } from './run-all.ts';

/** What a try does: works for a tick or two, or lends its place and waits. */
interface Step {
  readonly kind: 'work' | 'wait';
  readonly ticks: number;
}

interface Watched {
  holding: number;
  waiting: number;
  mostHolding: number;
  /** Holding or waiting: what has begun and not ended. */
  mostBegun: number;
  readonly ended: number[];
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function ticks(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await tick();
}

async function play(steps: readonly Step[], { slot }: Try, seen: Watched): Promise<void> {
  const hold = (change: 1 | -1): void => {
    seen.holding += change;
    seen.mostHolding = Math.max(seen.mostHolding, seen.holding);
    seen.mostBegun = Math.max(seen.mostBegun, seen.holding + seen.waiting);
  };
  hold(1);
  for (const step of steps) {
    const isLent = step.kind === 'wait' && slot.lend();
    if (isLent) {
      hold(-1);
      seen.waiting += 1;
    }
    await ticks(step.ticks);
    await slot.takeBack();
    if (isLent) {
      seen.waiting -= 1;
      hold(1);
    }
  }
  hold(-1);
}

function watched(): Watched {
  return { holding: 0, waiting: 0, mostHolding: 0, mostBegun: 0, ended: [] };
}

const options = { signal: new AbortController().signal, retryAfterMs: () => undefined, nowUs: () => 0 };

const program = fc.array(
  fc.record({
    kind: fc.constantFrom('work' as const, 'wait' as const),
    ticks: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 5 },
);

test('never more than `jobs` hold a place, at most twice as many have begun, and everything ends', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(program, { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (programs, jobs) => {
        const seen = watched();
        await runAll({
          ...options,
          items: programs.map((_, index) => index),
          jobs,
          run: async (index, attempt) => {
            await play(programs[index] ?? [], attempt, seen);
            seen.ended.push(index);
          },
        });
        expect(seen.mostHolding).toBeLessThanOrEqual(jobs);
        expect(seen.mostBegun).toBeLessThanOrEqual(2 * jobs);
        expect([seen.holding, seen.waiting]).toEqual([0, 0]);
        expect(seen.ended.toSorted((a, b) => a - b)).toEqual(programs.map((_, index) => index));
      },
    ),
    { numRuns: 150 },
  );
});

test('a signal or a failure ends what lent its place like everything else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(program, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat({ max: 9 }),
      fc.boolean(),
      async (programs, jobs, at, fails) => {
        const stop = new AbortController();
        const seen = watched();
        const started: number[] = [];
        const running = runAll({
          ...options,
          signal: stop.signal,
          items: programs.map((_, index) => index),
          jobs,
          run: async (index, attempt) => {
            started.push(index);
            await play(programs[index] ?? [], attempt, seen);
            seen.ended.push(index);
            if (index !== at) return;
            if (fails) throw new Error('disk full');
            stop.abort();
          },
        });
        if (fails && at < programs.length) await expect(running).rejects.toThrow('disk full');
        else await running;
        expect(seen.mostHolding).toBeLessThanOrEqual(jobs);
        expect(seen.holding).toBe(0);
        expect(seen.ended.toSorted()).toEqual(started.toSorted());
      },
    ),
    { numRuns: 100 },
  );
});

test('a lent place goes to the next item, and who comes back goes before new ones', async () => {
  const log: string[] = [];
  await runAll({
    ...options,
    items: ['a', 'b', 'c', 'd'],
    jobs: 1,
    run: async (item, { slot }) => {
      log.push(`${item} starts`);
      if (item === 'a') {
        expect(slot.lend()).toBe(true);
        await sleep(20);
        await slot.takeBack();
      } else {
        await sleep(50);
      }
      log.push(`${item} ends`);
    },
  });
  expect(log.slice(0, 4)).toEqual(['a starts', 'b starts', 'b ends', 'a ends']);
});

test('a place is not lent when as many are lent as there are places', async () => {
  const lent: boolean[] = [];
  let most = 0;
  let begun = 0;
  await runAll({
    ...options,
    items: ['a', 'b', 'c'],
    jobs: 1,
    run: async (_, { slot }) => {
      begun += 1;
      most = Math.max(most, begun);
      lent.push(slot.lend());
      await sleep(20);
      await slot.takeBack();
      begun -= 1;
    },
  });
  expect(lent.slice(0, 2)).toEqual([true, false]);
  expect(most).toBe(2);
});

test('lending twice and taking back twice is lending once', async () => {
  const order: string[] = [];
  await runAll({
    ...options,
    items: ['a', 'b'],
    jobs: 1,
    run: async (item, { slot }) => {
      expect([slot.lend(), slot.lend()]).toEqual([true, true]);
      await Promise.all([slot.takeBack(), slot.takeBack()]);
      order.push(item);
    },
  });
  expect(order).toEqual(['a', 'b']);
});
