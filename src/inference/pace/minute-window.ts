const minuteUs = 60_000_000;

export interface WindowEntry {
  readonly atUs: number;
  amount: number;
}

/** What was taken within the last minute, against a limit for any minute. Pure: it is told the time. */
export class MinuteWindow {
  readonly #limit: number;
  #entries: WindowEntry[] = [];

  constructor(limit: number | undefined) {
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
  }

  /** The moment from which so much fits. More than the limit fits when nothing else is in the window. */
  opensAtUs(amount: number, nowUs: number): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return nowUs;
    this.#entries = this.#entries.filter(({ atUs }) => atUs + minuteUs > nowUs);
    let used = this.#entries.reduce((sum, entry) => sum + entry.amount, 0);
    let opensAtUs = nowUs;
    for (const entry of this.#entries) {
      if (used === 0 || used + amount <= this.#limit) break;
      used -= entry.amount;
      opensAtUs = entry.atUs + minuteUs;
    }
    return opensAtUs;
  }

  /** The entry's amount may be corrected later, when it is known. */
  take(amount: number, atUs: number): WindowEntry {
    const entry = { atUs, amount };
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#entries.push(entry);
    return entry;
  }
}
