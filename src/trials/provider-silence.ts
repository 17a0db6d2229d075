import type { RequestRecord } from '../domain/request-record.ts';
import type { OnExchange } from '../inference/client.ts';
import type { Clock } from '../lib/clock.ts';

/** A silence that is shorter than this share of the agent's time has not decided how the trial ends. */
const decisiveShare = 0.1;

/**
 * What a provider that fails takes of a trial's time: attempts that came to nothing, and the one under way
 * that may come to nothing. None of it is the agent's.
 */
export class ProviderSilence {
  readonly #clock: Clock;
  #open = 0;
  #heardUs = 0;
  #lostUs = 0;
  #lostUntilUs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Taken by attempts that the provider failed; several at a time count once. */
  get lostUs(): number {
    return this.#lostUs;
  }

  readonly onExchange: OnExchange = (what) => {
    if (what === 'sent') this.#open += 1;
    if (what === 'ended') this.#open -= 1;
    this.#heardUs = this.#clock.nowUs();
  };

  /** Has to be told when the record comes, which is when its attempt has ended. */
  note({ status, error, marks }: RequestRecord): void {
    if (status !== 'failed' || error?.retryable !== true) return;
    const nowUs = this.#clock.nowUs();
    const fromUs = Math.max(marks.connectStart ?? marks.t0, this.#lostUntilUs);
    this.#lostUs += Math.max(0, nowUs - fromUs);
    this.#lostUntilUs = nowUs;
  }

  /**
   * Whether a request has been silent for so long that only its stall limit will tell whose fault that is; not
   * beyond that limit, since whatever keeps a connection alive can be sent for ever.
   */
  mayBeAStall(limitUs: number, stallLimitUs: number): boolean {
    if (this.#open === 0) return false;
    const silentUs = this.#clock.nowUs() - this.#heardUs;
    return silentUs >= decisiveShare * limitUs && silentUs <= stallLimitUs;
  }
}
