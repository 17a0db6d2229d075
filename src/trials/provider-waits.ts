import type { OnWaiting } from '../inference/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Slot } from '../scheduler/slot.ts';

/** Shorter waits are over before another trial could make use of the slot. */
const worthLendingMs = 1_000;

/**
 * The time in which a trial waits for its model's provider: back-off, limits, and for its own slot, which it
 * lends meanwhile. None of it is the agent's time.
 */
export class ProviderWaits {
  readonly #clock: Clock;
  readonly #slot: Slot;
  #endedUs = 0;
  #under = 0;
  #sinceUs = 0;

  constructor(clock: Clock, slot: Slot) {
    this.#clock = clock;
    this.#slot = slot;
  }

  /** So far, with the one under way. */
  get us(): number {
    return this.#endedUs + (this.#under === 0 ? 0 : this.#clock.nowUs() - this.#sinceUs);
  }

  /** Whether one has not ended, as when the agent was stopped in it. */
  get areOpen(): boolean {
    return this.#under > 0;
  }

  readonly onWaiting: OnWaiting = (waiting, atLeastMs = 0) => {
    if (!waiting) return this.#end();
    if (this.#under === 0) this.#sinceUs = this.#clock.nowUs();
    this.#under += 1;
    if (atLeastMs >= worthLendingMs) this.#slot.lend();
    return undefined;
  };

  /** What follows the agent needs the slot, however the agent ended. */
  async close(): Promise<void> {
    await this.#slot.takeBack();
  }

  async #end(): Promise<void> {
    await this.#slot.takeBack();
    // Several requests may be waiting at once; their common time counts once.
    const us = this.us;
    this.#under -= 1;
    if (this.#under === 0) this.#endedUs = us;
  }
}
