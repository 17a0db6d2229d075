import { expect, test } from 'vitest';
import type { Arm } from '../domain/arm.ts';
import { armKeys } from './arm-keys.ts';

const named = (arm: Arm, runId = 'run') => ({ arm, runId });
const loop = (model: string, more: Partial<Arm> = {}): Arm => ({ agent: 'loop', model, ...more });

test('a model alone names its arm where that is enough', () => {
  expect(armKeys([named(loop('spark')), named(loop('deep')), named({ agent: 'oracle' })])).toEqual([
    'spark',
    'deep',
    'oracle',
  ]);
});

test('only what differs is added, and only to arms that it tells apart', () => {
  const arms = [
    named(loop('spark', { transport: 'responses-websocket' })),
    named(loop('spark', { transport: 'responses-sse' })),
    named({ agent: 'codex', model: 'spark', transport: 'responses-sse' }),
    named(loop('deep', { effort: 'high' })),
    named(loop('deep', { effort: 'low' })),
    named(loop('other')),
  ];
  expect(armKeys(arms)).toEqual([
    'loop-spark@websocket',
    'loop-spark@sse',
    'codex-spark',
    'deep:high',
    'deep:low',
    'other',
  ]);
});

test('the same arm in two runs is told apart by the run', () => {
  const keys = armKeys([named(loop('spark'), 'night-1'), named(loop('spark'), 'night-2')]);
  expect(keys).toEqual(['spark#night-1', 'spark#night-2']);
});

test('names that collide all the same are numbered', () => {
  const keys = armKeys([named(loop('spark')), named(loop('spark')), named(loop('spark'))]);
  expect(new Set(keys).size).toBe(3);
});
