import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapAhead } from './map-ahead.ts';

test('keeps the order of the items, whatever is made first', async () => {
  const made: number[] = [];
  for await (const value of mapAhead([30, 1, 20, 2], 3, async (ms) => {
    await sleep(ms);
    return ms;
  }))
    made.push(value);
  expect(made).toEqual([30, 1, 20, 2]);
});

test('makes no more than a few ahead of what is used', async () => {
  let started = 0;
  const make = async (item: number): Promise<number> => {
    started += 1;
    return item;
  };
  const results = mapAhead(
    Array.from({ length: 50 }, (_, index) => index),
    4,
    make,
  );
  await results.next();
  expect(started).toBe(5);
  await results.return(undefined);
});

test('tells a failure when its turn comes', async () => {
  const results = mapAhead([1, 2], 5, async (item) => {
    if (item === 2) throw new Error('second');
    return item;
  });
  expect((await results.next()).value).toBe(1);
  await expect(results.next()).rejects.toThrow('second');
});
