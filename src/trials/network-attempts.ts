import { maxNetworkAttempts, type NetworkUse } from '../domain/record.ts';
import type { NetworkPolicy } from '../domain/task.ts';
import type { ProxyAttempt } from '../inference/gateway/gateway.ts';

/** The first attempts to reach a host, and the number of the rest: an agent in a loop must not fill the record. */
export class NetworkAttempts {
  readonly #kept: ProxyAttempt[] = [];
  #leftOut = 0;

  note(attempt: ProxyAttempt): void {
    if (this.#kept.length < maxNetworkAttempts) this.#kept.push(attempt);
    else this.#leftOut += 1;
  }

  under(policy: NetworkPolicy): NetworkUse {
    return {
      policy,
      attempts: this.#kept.map((attempt) => ({ ...attempt })),
      attemptsLeftOut: this.#leftOut,
    };
  }
}
