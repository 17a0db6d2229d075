/**
 * What a run may cost. Every request reserves its likely share before it is sent and settles it when it has
 * ended; one budget for the whole run, shared by the client and the gateway.
 */
import type { ModelProfile, Usage } from '../../domain/model.ts';

export interface Budget {
  /** Aborted, with an EvalrunError of code 'budget' as reason, as soon as a reservation does not fit. */
  readonly spent: AbortSignal;
  /** Undefined: it does not fit any more; `spent` is aborted then. */
  reserve(
    model: ModelProfile,
    estimate: { readonly input: number; readonly output: number },
  ): Reservation | undefined;
  spending(): Spending;
}

export interface Reservation {
  /** Gives back what was not used; undefined usage (a failure that cost nothing) gives back all. Harmless twice. */
  settle(usage: Usage | undefined): void;
}

export interface Spending {
  /** Input and output tokens. */
  readonly tokens: number;
  /** Undefined where a model without prices took part. */
  readonly usd: number | undefined;
  /** Whether some of the usage was estimated. */
  readonly estimated: boolean;
}
