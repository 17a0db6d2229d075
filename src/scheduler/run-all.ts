/**
 * When trials run: a number of slots, order as planned, retries of errored ones with back-off, stop at a
 * signal. Knows nothing of what a trial is: it is handed the function that runs one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Slot, Slots } from './slot.ts';

export interface RunAllOptions<Item, Result> {
  readonly items: readonly Item[];
  readonly jobs: number;
  /** Stops starting; items that run are told by their own means. */
  readonly signal: AbortSignal;
  /** Runs one try; `queuedUs` is on the monotonic clock. */
  readonly run: (item: Item, attempt: Try) => Promise<Result>;
  /** Whether and after which wait the item is tried again; undefined: it is done. */
  readonly retryAfterMs: (result: Result, attempt: Try) => number | undefined;
  readonly nowUs: () => number;
}

export interface Try {
  /** 1-based. */
  readonly number: number;
  /** When it began to wait for a slot. */
  readonly queuedUs: number;
  /** Its place among the `jobs`; to be lent while the try only waits for somebody else. */
  readonly slot: Slot;
}

/**
 * Runs every item in a lane of `jobs` slots and resolves when all are done or, after the signal, when those
 * that had started have ended. A back-off does not hold a slot. A `run` that rejects stops everything
 * that has not started and is thrown when the others have ended.
 */
export async function runAll<Item, Result>(options: RunAllOptions<Item, Result>): Promise<void> {
  const slots = new Slots(options.jobs);
  const failure = new AbortController();
  const stop = AbortSignal.any([options.signal, failure.signal]);

  // Told of a failure at once: the slot is given on as soon as a try rejects.
  const runTry = async (item: Item, attempt: Try): Promise<Result | undefined> => {
    if (stop.aborted) return undefined;
    try {
      return await options.run(item, attempt);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };

  const runItem = async (item: Item): Promise<void> => {
    for (let number = 1; !stop.aborted; number++) {
      const queuedUs = options.nowUs();
      const ended = await slots.hold(async (slot) => {
        const attempt = { number, queuedUs, slot };
        return { attempt, result: await runTry(item, attempt) };
      });
      const { attempt, result } = ended;
      if (result === undefined) return;
      const waitMs = options.retryAfterMs(result, attempt);
      if (waitMs === undefined) return;
      await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  };

  const guarded = options.items.map((item) =>
    runItem(item).catch((error: unknown) => {
      failure.abort(error);
    }),
  );
  await Promise.all(guarded);
  if (failure.signal.aborted) throw failure.signal.reason;
}
