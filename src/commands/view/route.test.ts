import { expect, test } from 'vitest';
import { routeOf, runAddress } from './route.ts';

test.each([
  ['/', { kind: 'runs' }],
  ['/runs/nightly/', { kind: 'report', runId: 'nightly' }],
  ['/runs/nightly/live', { kind: 'live', runId: 'nightly' }],
  ['/runs/nightly/events', { kind: 'events', runId: 'nightly' }],
  ['/runs/nightly/trials/12.js', { kind: 'trial', runId: 'nightly', position: 12 }],
])('%s', (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

test('a run of any name has an address that leads to it', () => {
  for (const runId of ['a b', '50%', 'ü/..', '<script>'])
    expect(routeOf(`/${runAddress(runId)}`)).toEqual({ kind: 'report', runId });
});

test.each([
  '/runs/nightly',
  '/runs/nightly/trials/../../../etc/passwd',
  '/runs/nightly/trials/..%2f1.js',
  '/runs/nightly/trials/1.js.map',
  '/runs/nightly/trials/-1.js',
  '/runs/%zz/',
  '/runs//',
  '/../etc/passwd',
  '/etc/passwd',
])('nothing is at %s', (path) => {
  expect(routeOf(path)).toBe(undefined);
});
