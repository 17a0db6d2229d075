import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderProfile } from '../domain/model.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { InferenceError, OnWaiting } from './client.ts';
import { endWaiting } from './waiting.ts';

export interface RetryPolicy {
  /** Tries in all; one that is sent again at once on a new connection does not count. */
  readonly maxAttempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** What the waits of a provider's profile are multiplied by, where a recording is played. Default: 1. */
  readonly timeScale?: number;
}

/** The run's own policy, with what the provider's profile says of it. */
export function policyFor({ retry }: ProviderProfile, usual: RetryPolicy): RetryPolicy {
  const { maxAttempts = usual.maxAttempts, firstWaitSec, longestWaitSec } = retry ?? {};
  const waitMs = (sec: number | undefined, ms: number): number =>
    sec === undefined ? ms : sec * 1000 * (usual.timeScale ?? 1);
  return {
    maxAttempts,
    baseMs: waitMs(firstWaitSec, usual.baseMs),
    maxMs: waitMs(longestWaitSec, usual.maxMs),
  };
}

/** The outcome of an attempt as far as trying again depends on it; the rest is the caller's own. */
export type Retried =
  | { readonly status: 'failed'; readonly error: Pick<InferenceError, 'retryable' | 'retryAfterMs'> }
  | { readonly status: 'completed' | 'incomplete' | 'refused' | 'aborted' };

export interface Attempted<Answer extends Retried> {
  readonly answer: Answer;
  /** The connection, not the request, was at fault: send the same again at once. */
  readonly resendAtOnce: boolean;
}

export interface RetryingOptions<Answer extends Retried> {
  readonly policy: RetryPolicy;
  readonly random: Random;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly attempt: (attempt: number, backoffUs: number) => Promise<Attempted<Answer>>;
  /** Told when a back-off begins (true) and when it is over. */
  readonly onWaiting?: OnWaiting | undefined;
}

/** A provider that asks for longer is not waited for: the request fails with its word. */
export const longestRetryAfterMs = 300_000;

/** The only place where a model request is tried again. */
export async function retrying<Answer extends Retried>(
  options: RetryingOptions<Answer>,
): Promise<Answer | { readonly status: 'aborted' }> {
  let failures = 0;
  let resent = false;
  let backoffUs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const { answer, resendAtOnce } = await options.attempt(attempt, backoffUs);
    if (answer.status !== 'failed') return answer;
    if (options.signal.aborted) return { status: 'aborted' };
    backoffUs = 0;
    resent = resendAtOnce && !resent;
    if (resent) continue;

    failures += 1;
    const { retryable, retryAfterMs } = answer.error;
    const isOver = failures >= options.policy.maxAttempts || (retryAfterMs ?? 0) > longestRetryAfterMs;
    if (!retryable || isOver) return answer;
    const waitedUs = await wait(backoffMs(options, failures, retryAfterMs), options);
    if (waitedUs === undefined) return { status: 'aborted' };
    backoffUs = waitedUs;
  }
}

/** Doubles from the base, the upper half of it by chance; never shorter than what the provider asked for. */
export function backoffMs(
  { policy, random }: Pick<RetryingOptions<Retried>, 'policy' | 'random'>,
  failures: number,
  retryAfterMs: number | undefined,
): number {
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** (failures - 1));
  const drawn = ceiling * (0.5 + random() / 2);
  return retryAfterMs === undefined ? drawn : Math.max(drawn, retryAfterMs);
}

/** How long was really waited; undefined when stopped meanwhile. */
async function wait(
  ms: number,
  { clock, signal, onWaiting }: RetryingOptions<Retried>,
): Promise<number | undefined> {
  const startUs = clock.nowUs();
  void onWaiting?.(true, ms);
  try {
    // Node cuts fractions off and may be up to 1 ms early; a Retry-After must not be undercut.
    await sleep(Math.ceil(ms) + 1, undefined, { signal });
  } catch {
    return undefined; // sleep rejects only for the signal
  } finally {
    await endWaiting(onWaiting, signal);
  }
  return signal.aborted ? undefined : clock.nowUs() - startUs;
}
