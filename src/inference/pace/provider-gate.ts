import type { ProviderLimits } from '../../domain/model.ts';
import type { Clock } from '../../lib/clock.ts';
import { longestRetryAfterMs } from '../retrying.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { MinuteWindow, type WindowEntry } from './minute-window.ts';
import type { Admission, AdmissionResult, AdmitRequest, PaceChange } from './pace.ts';

/** Calls back after so many milliseconds; what it returns calls that off. */
export type After = (ms: number, run: () => void) => () => void;

export interface GateOptions {
  readonly limits: ProviderLimits | undefined;
  readonly clock: Clock;
  readonly after: After;
  readonly onChange: (concurrency: number, reason: PaceChange['reason']) => void;
}

interface Waiter {
  readonly expectedTokens: number;
  readonly sinceUs: number;
  readonly go: () => void;
}

/** One provider's queue, first come, first served: it opens for as many as its limits allow just now. */
export class ProviderGate {
  readonly #clock: Clock;
  readonly #after: After;
  readonly #limit: AdaptiveLimit;
  readonly #requests: MinuteWindow;
  readonly #tokens: MinuteWindow;
  #queue: Waiter[] = [];
  #inFlight = 0;
  /** The provider asked for a pause until then. */
  #heldUntilUs = Number.NEGATIVE_INFINITY;
  #callOff: () => void = () => undefined;

  constructor({ limits, clock, after, onChange }: GateOptions) {
    this.#clock = clock;
    this.#after = after;
    this.#limit = new AdaptiveLimit(limits?.maxConcurrency, (reason) =>
      onChange(this.#limit.current, reason),
    );
    this.#requests = new MinuteWindow(limits?.requestsPerMinute);
    this.#tokens = new MinuteWindow(limits?.tokensPerMinute);
    this.#limit.start();
  }

  async admit({ expectedTokens, signal, onWait }: AdmitRequest): Promise<Admission | 'aborted'> {
    if (signal.aborted) return 'aborted';
    const { promise, resolve } = Promise.withResolvers<Admission | 'aborted'>();
    const sinceUs = this.#clock.nowUs();
    const waiter = { expectedTokens, sinceUs, go: () => resolve(this.#admitted(waiter)) };
    this.#queue.push(waiter);
    this.#open();
    if (!this.#queue.includes(waiter)) return promise;

    const onAbort = (): void => {
      this.#queue = this.#queue.filter((other) => other !== waiter);
      resolve('aborted');
      this.#open(); // the next may be asking for less
    };
    signal.addEventListener('abort', onAbort, { once: true });
    onWait?.(this.#closedForUs(waiter) / 1000);
    const admitted = await promise;
    signal.removeEventListener('abort', onAbort);
    return admitted;
  }

  /** Lets go whoever may go, in order, and comes back when time alone opens the gate. */
  #open(): void {
    this.#callOff();
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (this.#inFlight >= this.#limit.current) return; // until one of them has ended
      const waitUs = this.#closedForUs(first);
      if (waitUs > 0) {
        this.#callOff = this.#after(Math.ceil(waitUs / 1000), () => this.#open());
        return;
      }
      this.#queue.shift();
      this.#inFlight += 1;
      first.go();
    }
  }

  /** How long time alone keeps the gate shut for it; 0: only those who go before it do. */
  #closedForUs({ expectedTokens }: Waiter): number {
    const nowUs = this.#clock.nowUs();
    const opensAtUs = Math.max(
      this.#heldUntilUs,
      this.#requests.opensAtUs(1, nowUs),
      this.#tokens.opensAtUs(expectedTokens, nowUs),
    );
    return Math.max(0, opensAtUs - nowUs);
  }

  #admitted({ expectedTokens, sinceUs }: Waiter): Admission {
    const nowUs = this.#clock.nowUs();
    this.#limit.admitted(this.#inFlight);
    const request = this.#requests.take(1, nowUs);
    const taken = this.#tokens.take(expectedTokens, nowUs);
    let isReleased = false;
    return {
      waitedUs: nowUs - sinceUs,
      release: (result) => {
        if (isReleased) return;
        isReleased = true;
        if (result.unsent === true) request.amount = taken.amount = 0;
        this.#release(result, taken);
      },
    };
  }

  #release({ overloaded, retryAfterMs, tokens, unsent }: AdmissionResult, taken: WindowEntry): void {
    const nowUs = this.#clock.nowUs();
    this.#inFlight -= 1;
    taken.amount = tokens ?? taken.amount;
    if (unsent === true) {
      this.#open();
      return;
    }
    if (overloaded) this.#limit.overloaded(taken.atUs, nowUs);
    else this.#limit.wentWell();
    // Nobody waits for longer than the retries do; who asks again is told so by the provider.
    if (retryAfterMs !== undefined && retryAfterMs <= longestRetryAfterMs) {
      this.#heldUntilUs = Math.max(this.#heldUntilUs, nowUs + Math.ceil(retryAfterMs * 1000));
    }
    this.#open();
  }
}
