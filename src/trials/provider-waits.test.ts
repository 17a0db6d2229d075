import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { noUsage } from '../domain/model.ts';
import { failure } from '../inference/failures.ts';
import { createAdaptivePace } from '../inference/pace/adaptive-pace.ts';
import { type Permit, takePermit } from '../inference/permits.ts';
import { systemClock } from '../lib/clock.ts';
import { runAll } from '../scheduler/run-all.ts';
import { modelProfile } from '../testing/tasks.ts';
import { ProviderWaits } from './provider-waits.ts';

const plain = modelProfile();
const estimate = { input: 10, output: 10 };

/** Trials that ask twice each; the first request of all is told to come again after 1.1 s. */
async function play(jobs: number, trials: number, limits: NonNullable<typeof plain.provider.limits>) {
  const model = { ...plain, provider: { ...plain.provider, limits } };
  const pace = createAdaptivePace({ clock: systemClock });
  const stop = new AbortController();
  const answered: number[] = [];
  let isHeld = false;
  const request = async (trial: number, waits: ProviderWaits): Promise<void> => {
    const options = { model, clock: systemClock, pace, onWaiting: waits.onWaiting };
    const permit = await takePermit(options, estimate, stop.signal);
    if (permit === 'aborted') return;
    await sleep(5);
    answered.push(trial);
    const reason = isHeld ? undefined : heldBack;
    isHeld = true;
    end(permit, reason);
  };
  const running = runAll({
    items: Array.from({ length: trials }, (_, index) => index),
    jobs,
    signal: stop.signal,
    retryAfterMs: () => undefined,
    nowUs: () => systemClock.nowUs(),
    run: async (trial, { slot }) => {
      const waits = new ProviderWaits(systemClock, slot);
      await request(trial, waits);
      await request(trial, waits);
    },
  });
  const isOver = await Promise.race([running.then(() => true), sleep(4_000, false)]);
  stop.abort();
  await running;
  return { isOver, answered: answered.toSorted((a, b) => a - b) };
}

const heldBack = { ...failure('rate-limited', 'slow down'), retryAfterMs: 1_100 };

function end(permit: Permit, reason: typeof heldBack | undefined): void {
  permit.end(reason, reason === undefined ? { ...noUsage, input: 10 } : undefined);
}

test.each([
  [1, 1],
  [3, 3],
  [3, 1],
])(
  '%i slots and a provider that takes %i at a time: who has its leave and who has its slot do not wait for each other',
  async (jobs, maxConcurrency) => {
    const { isOver, answered } = await play(jobs, 3 * jobs, { maxConcurrency });
    expect(isOver).toBe(true);
    expect(answered).toEqual(Array.from({ length: 6 * jobs }, (_, index) => Math.floor(index / 2)));
  },
);
