import type { Usage } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { Failure } from '../failures.ts';
import type { GatewayFailure, GatewayStep } from './gateway.ts';

export interface Numbered {
  readonly turn: number;
  /** Attempts that the same turn has behind it: an agent that asks again after a failure goes on with the turn. */
  readonly earlier: number;
}

/** How far a trial has come: its turns, tokens and failures, and what ends it. */
export class TrialProgress {
  #closed = new AbortController();
  readonly #mostFailures: number;
  #step: GatewayStep = { metadata: {} };
  #turn = 0;
  #turnsOfStep = 0;
  #tokensOfStep = 0;
  /** Of the latest turn, when it failed; 0: it did not. */
  #failedAttempts = 0;
  #failuresInARow = 0;
  #failure: GatewayFailure | undefined;

  /** `mostFailures`: attempts that may fail one after another before the provider is given up. */
  constructor(mostFailures: number) {
    this.#mostFailures = mostFailures;
  }

  get step(): GatewayStep {
    return this.#step;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get failure(): GatewayFailure | undefined {
    return this.#failure;
  }

  /** What ended the step before is over with it; what ends the whole trial stays. */
  begin(step: GatewayStep): void {
    this.#step = step;
    this.#failedAttempts = 0;
    this.#turnsOfStep = 0;
    this.#tokensOfStep = 0;
    if (this.#failure?.kind !== 'turn-limit' && this.#failure?.kind !== 'token-limit') return;
    this.#failure = undefined;
    this.#closed = new AbortController();
  }

  /** The first reason stays. */
  close(failure: GatewayFailure): void {
    this.#failure ??= failure;
    this.#closed.abort();
  }

  /** Closes the trial when one more request of this kind is more than it may make. */
  checkLimits(kind: RequestRecord['kind']): void {
    const { maxTurns, maxTokens } = this.#step;
    const isNewTurn = kind === 'turn' && this.#failedAttempts === 0;
    if (isNewTurn && maxTurns !== undefined && this.#turnsOfStep >= maxTurns) {
      this.close({ kind: 'turn-limit' });
    }
    if (maxTokens !== undefined && this.#tokensOfStep >= maxTokens) this.close({ kind: 'token-limit' });
  }

  /** What is no turn carries the number of the latest one, or 1 before the first. */
  number(kind: RequestRecord['kind']): Numbered {
    if (kind !== 'turn') return { turn: Math.max(1, this.#turn), earlier: 0 };
    const earlier = this.#failedAttempts;
    if (earlier === 0) {
      this.#turn += 1;
      this.#turnsOfStep += 1;
    }
    return { turn: this.#turn, earlier };
  }

  /** `failedAttempts` of a turn that failed in the end; 0 for one that was answered or given up by the agent. */
  endTurn(failedAttempts: number): void {
    this.#failedAttempts = failedAttempts;
  }

  /** One attempt has ended; true where the provider has failed too often in a row. */
  count(kind: RequestRecord['kind'], failure: Failure | undefined, usage: Usage | undefined): boolean {
    this.#tokensOfStep += (usage?.input ?? 0) + (usage?.output ?? 0);
    if (kind === 'side' || (failure !== undefined && !isProviders(failure))) return false;
    this.#failuresInARow = failure === undefined ? 0 : this.#failuresInARow + 1;
    return this.#failuresInARow > this.#mostFailures;
  }
}

/** Whether a failure is the provider's or the network's; what the agent asked wrongly is the agent's. */
export function isProviders({ kind }: Failure): boolean {
  return kind !== 'invalid-request' && kind !== 'context-overflow';
}
