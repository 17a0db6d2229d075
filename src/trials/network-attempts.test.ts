import { expect, test } from 'vitest';
import { maxNetworkAttempts, trialRecordSchema } from '../domain/record.ts';
import { NetworkAttempts } from './network-attempts.ts';

const attempt = (port: number) => ({
  atMs: 1,
  host: 'example.org',
  port,
  allowed: false,
  reason: 'not on the list',
});

test('keeps the first attempts and counts the rest, as the record takes them', () => {
  const attempts = new NetworkAttempts();
  for (let port = 1; port <= maxNetworkAttempts + 3; port += 1) attempts.note(attempt(port));
  const use = attempts.under('allowlist');
  expect(use).toMatchObject({ policy: 'allowlist', attemptsLeftOut: 3 });
  expect(use.attempts).toHaveLength(maxNetworkAttempts);
  expect(use.attempts.at(-1)?.port).toBe(maxNetworkAttempts);
  expect(trialRecordSchema.shape.network.parse(use)).toEqual(use);
});

test('says the policy where nothing was tried', () => {
  const use = new NetworkAttempts().under('gateway');
  expect(use).toEqual({ policy: 'gateway', attempts: [], attemptsLeftOut: 0 });
});
