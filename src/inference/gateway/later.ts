/** Work that has piled up beside a stream. */
export interface Deferred {
  /** Does all of it; harmless when there is none. Must not throw. */
  drain(): void;
}

/**
 * Puts off what can wait until every socket that is ready now has been served: setImmediate comes after
 * them all, so that reading one stream's events delays neither the bytes nor the stamps of another.
 */
export class Later {
  readonly #waiting = new Set<Deferred>();
  #isScheduled = false;

  add(work: Deferred): void {
    this.#waiting.add(work);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const work of all) work.drain();
  }
}
