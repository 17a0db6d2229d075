export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Keeps a source paused while anybody has a reason to. */
export class Valve {
  readonly #source: Pausable;
  readonly #reasons = new Set<string>();

  constructor(source: Pausable) {
    this.#source = source;
  }

  get isClosed(): boolean {
    return this.#reasons.size > 0;
  }

  close(reason: string): void {
    if (this.#reasons.size === 0) this.#source.pause();
    this.#reasons.add(reason);
  }

  open(reason: string): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#source.resume();
  }
}
