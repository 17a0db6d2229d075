/** The smallest value that at least this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

const longest = 20_000;

/** Counts of whole microseconds: millions of values in little memory. */
export class Histogram {
  readonly #counts = new Uint32Array(longest + 1);
  #count = 0;
  #max = 0;

  add(us: number): void {
    const bucket = Math.min(longest, Math.max(0, us));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (us > this.#max) this.#max = us;
  }

  figures(): { count: number; p50: number; p99: number; max: number } {
    return { count: this.#count, p50: this.#at(0.5), p99: this.#at(0.99), max: this.#max };
  }

  #at(share: number): number {
    const wanted = Math.ceil(this.#count * share);
    let seen = 0;
    for (let us = 0; us <= longest; us += 1) {
      seen += this.#counts[us] ?? 0;
      if (seen >= wanted) return us;
    }
    return Number.NaN;
  }
}

/** Microseconds as milliseconds. */
export function ms(us: number): string {
  return `${(us / 1000).toFixed(3)} ms`;
}
