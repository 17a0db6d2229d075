import PQueue from 'p-queue';

/** One of the `jobs` places at which tries run. Held while the try runs, unless it was lent. */
export interface Slot {
  /**
   * Lets another item have the place while this one only waits. False, and nothing lent, where as many are
   * lent already as there are places: each of those who wait still holds what it has begun.
   */
  lend(): boolean;
  /** Resolves when the place is held again, before any item that has not started; at once where it was not lent. */
  takeBack(): Promise<void>;
}

/** So many places, given in order; who comes back goes before who is new. */
export class Slots {
  readonly #lane: PQueue;
  readonly #count: number;
  #lent = 0;

  constructor(count: number) {
    this.#count = count;
    this.#lane = new PQueue({ concurrency: count });
  }

  /** Waits for a place and holds it while the work goes on; the work may lend it meanwhile. */
  async hold<T>(work: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = new HeldSlot(this, await this.enter(0));
    try {
      return await work(slot);
    } finally {
      await slot.takeBack(); // work that ends without its place must not give away one that it does not hold
      slot.leave();
    }
  }

  /** Resolves with the function that leaves the place again. */
  async enter(priority: number): Promise<() => void> {
    const entered = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const stay = (): Promise<void> => {
      entered.resolve();
      return left.promise;
    };
    void this.#lane.add(stay, { priority });
    await entered.promise;
    return left.resolve;
  }

  mayLend(): boolean {
    return this.#lent < this.#count;
  }

  /** Tells that one more place is lent, or one fewer. */
  countLent(change: 1 | -1): void {
    this.#lent += change;
  }
}

class HeldSlot implements Slot {
  readonly #slots: Slots;
  #leave: () => void;
  #comingBack: Promise<void> | undefined;
  #isLent = false;

  constructor(slots: Slots, leave: () => void) {
    this.#slots = slots;
    this.#leave = leave;
  }

  lend(): boolean {
    if (this.#isLent) return true;
    if (!this.#slots.mayLend()) return false;
    this.#isLent = true;
    this.#slots.countLent(1);
    this.#leave();
    return true;
  }

  async takeBack(): Promise<void> {
    if (!this.#isLent) return;
    this.#comingBack ??= this.#comeBack();
    await this.#comingBack;
  }

  leave(): void {
    this.#leave();
  }

  async #comeBack(): Promise<void> {
    this.#leave = await this.#slots.enter(1);
    this.#slots.countLent(-1);
    this.#isLent = false;
    this.#comingBack = undefined;
  }
}
