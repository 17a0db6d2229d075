/** What is tried first where nothing is known of the provider. */
const firstLimit = 8;

/**
 * How many requests at a time: one more after a window of as many that went well, half as many after an
 * overload. Pure: it is told the time and what happened.
 */
export class AdaptiveLimit {
  readonly #max: number;
  readonly #onChange: (reason: 'start' | 'grew' | 'overloaded') => void;
  #current: number;
  #wentWell = 0;
  /** Whether the limit was what held requests back; a limit that nobody reaches says nothing about the next. */
  #wasReached = false;
  #reducedUs = Number.NEGATIVE_INFINITY;

  constructor(max: number | undefined, onChange: (reason: 'start' | 'grew' | 'overloaded') => void) {
    this.#max = Math.max(1, max ?? Number.POSITIVE_INFINITY);
    this.#onChange = onChange;
    this.#current = Math.min(firstLimit, this.#max);
  }

  get current(): number {
    return this.#current;
  }

  start(): void {
    this.#onChange('start');
  }

  admitted(inFlight: number): void {
    if (inFlight >= this.#current) this.#wasReached = true;
  }

  wentWell(): void {
    this.#wentWell += 1;
    if (this.#wentWell < this.#current) return;
    const grows = this.#wasReached && this.#current < this.#max;
    this.#wentWell = 0;
    this.#wasReached = false;
    if (!grows) return;
    this.#current += 1;
    this.#onChange('grew');
  }

  /** Requests that were under way at the last reduction were sent under the old limit: they count once. */
  overloaded(admittedUs: number, nowUs: number): void {
    this.#wentWell = 0;
    this.#wasReached = false;
    if (admittedUs <= this.#reducedUs) return;
    this.#reducedUs = nowUs;
    const halved = Math.max(1, Math.floor(this.#current / 2));
    if (halved === this.#current) return;
    this.#current = halved;
    this.#onChange('overloaded');
  }
}
