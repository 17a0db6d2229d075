import type { ModelProfile } from '../../domain/model.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WireTap } from '../cassettes/wire-tap.ts';
import type { ProviderPool } from '../http1/provider-pool.ts';
import type { ProviderAccess } from '../provider-access.ts';
import type { KeyMask } from './key-mask.ts';
import type { Later } from './later.ts';
import type { TrialDesk } from './trial-desk.ts';

/** What the relays of one trial share. */
export interface TrialContext {
  readonly desk: TrialDesk;
  readonly later: Later;
  readonly clock: Clock;
  readonly stallTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly tap: WireTap | undefined;
  readonly onRelayed: OnRelayed | undefined;
  readonly pool: ProviderPool;
  readonly models: readonly PlannedModel[];
  /** Aborted when the trial is over and everything has to go. */
  readonly over: AbortSignal;
  /** Takes the providers' keys out of a text: an error may quote the one that it refuses. */
  readonly scrub: (text: string) => string;
  /** The same for bytes on their way to the agent, which stay as many. */
  readonly keys: KeyMask;
}

/** Told how long each chunk was in the gateway: microseconds from its arrival until it was written on. */
export type OnRelayed = (dwellUs: number) => void;

export interface PlannedModel {
  readonly profile: ModelProfile;
  readonly access: ProviderAccess;
  /** Taken apart once, not with every request. */
  readonly baseUrl: URL;
}
