import { expect, test } from 'vitest';
import { countRange, logRange, timeRange } from './scale-range.ts';

const textsOf = (longest: number): string[] => {
  const { ticks, text = String } = timeRange(longest);
  return ticks.map(text);
};

test('a time axis has round ticks in one unit and room for the longest', () => {
  expect(textsOf(0.4)).toEqual(['0', '100 ms', '200 ms', '300 ms', '400 ms', '500 ms']);
  expect(textsOf(95)).toEqual(['0', '20 s', '40 s', '60 s', '80 s', '100 s']);
  expect(textsOf(500)).toEqual(['0', '2 min', '4 min', '6 min', '8 min', '10 min']);
  expect(textsOf(12_000)).toEqual(['0', '0.5 h', '1 h', '1.5 h', '2 h', '2.5 h', '3 h', '3.5 h']);
  expect(textsOf(700_000)).toEqual(['0', '50 h', '100 h', '150 h', '200 h', '250 h']);
  expect(textsOf(0)).toHaveLength(6);
});

test.each([0.02, 3, 59, 61, 3599, 86_400, 5e6])('the longest of %d s is within the axis', (longest) => {
  const { maximum, ticks } = timeRange(longest);
  expect(maximum).toBeGreaterThan(longest);
  expect(ticks.length).toBeLessThanOrEqual(9);
});

test('a logarithmic axis lies around its values, with more ticks where it is narrow', () => {
  expect(logRange([60, 4200])).toEqual({
    minimum: 50,
    maximum: 5000,
    ticks: [50, 100, 200, 500, 1000, 2000, 5000],
  });
  expect(logRange([0.9, 2.2])).toEqual({ minimum: 0.8, maximum: 3, ticks: [0.8, 1, 1.5, 2, 3] });
  expect(logRange([1, 1e6]).ticks).toEqual([0.1, 1, 10, 100, 1000, 10_000, 100_000, 1e6, 1e7]);
});

test('no values, zeros and a hundred thousand of them have an axis too', () => {
  expect(logRange([]).ticks).toEqual([0.1, 1, 10]);
  expect(logRange([0]).ticks).toEqual([0.1, 1, 10]);
  expect(logRange(Array.from({ length: 200_000 }, (_, at) => 1 + at)).maximum).toBe(1e6);
});

test('turns are counted from 1', () => {
  expect(countRange(3).ticks).toEqual([1, 2, 3]);
  expect(countRange(30).ticks).toEqual([1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
});
