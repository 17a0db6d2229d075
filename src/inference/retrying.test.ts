import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { InferenceError, ModelAnswer } from './client.ts';
import { backoffMs, policyFor, retrying } from './retrying.ts';

const policy = { maxAttempts: 3, baseMs: 10, maxMs: 40 };

function failed(fields: Partial<InferenceError>): ModelAnswer {
  const error = {
    kind: 'server' as const,
    message: 'm',
    retryable: true,
    provider: 'p',
    model: 'm',
    ...fields,
  };
  return { status: 'failed', error };
}

function run(answers: readonly [ModelAnswer, boolean][], signal = new AbortController().signal) {
  const backoffs: number[] = [];
  const answer = retrying({
    policy,
    random: () => 0,
    clock: systemClock,
    signal,
    attempt: async (attempt, backoffUs) => {
      backoffs.push(backoffUs);
      const [next, resendAtOnce] = answers[attempt - 1] ?? [failed({}), false];
      return { answer: next, resendAtOnce };
    },
  });
  return { answer, backoffs };
}

test('waits double up to the ceiling and honour the provider', () => {
  const wait = (random: number, failures: number, retryAfter?: number) =>
    backoffMs({ policy, random: () => random }, failures, retryAfter);
  expect([1, 2, 3, 4].map((failures) => wait(1, failures))).toEqual([10, 20, 40, 40]);
  expect(wait(0, 3)).toBe(20);
  expect(wait(0, 1, 700)).toBe(700);
  expect(wait(1, 3, 5)).toBe(40);
});

test('gives up after so many tries and says the last failure', async () => {
  const { answer, backoffs } = run([]);
  expect(await answer).toMatchObject({ status: 'failed', error: { kind: 'server' } });
  expect(backoffs).toHaveLength(3);
  expect(backoffs[0]).toBe(0);
  expect(backoffs[1]).toBeGreaterThanOrEqual(5_000);
});

test('does not try again what cannot succeed, nor what must wait for too long', async () => {
  const invalid = run([[failed({ retryable: false }), false]]);
  await invalid.answer;
  expect(invalid.backoffs).toHaveLength(1);
  const slow = run([[failed({ retryAfterMs: 3_600_000 }), false]]);
  await slow.answer;
  expect(slow.backoffs).toHaveLength(1);
});

test('a broken connection is replaced once without waiting, then waited for', async () => {
  const { answer, backoffs } = run([
    [failed({ retryable: false }), true],
    [failed({}), true],
    [{ status: 'aborted' }, false],
  ]);
  expect(await answer).toEqual({ status: 'aborted' });
  expect(backoffs[1]).toBe(0);
  expect(backoffs[2]).toBeGreaterThan(0);
});

test('stops waiting when it is told to', async () => {
  const { answer } = run([[failed({ retryAfterMs: 60_000 }), false]], AbortSignal.timeout(30));
  expect(await answer).toEqual({ status: 'aborted' });
});

test('a provider’s own policy goes before the run’s, scaled as a replay is', () => {
  const provider = { name: 'p', kind: 'openai' as const };
  expect(policyFor(provider, policy)).toEqual(policy);
  const retry = { maxAttempts: 5, longestWaitSec: 2 };
  expect(policyFor({ ...provider, retry }, policy)).toEqual({ maxAttempts: 5, baseMs: 10, maxMs: 2000 });
  const half = policyFor({ ...provider, retry }, { ...policy, timeScale: 0.5 });
  expect(half).toEqual({ maxAttempts: 5, baseMs: 10, maxMs: 1000 });
});
