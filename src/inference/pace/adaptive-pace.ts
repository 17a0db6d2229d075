import type { ProviderProfile } from '../../domain/model.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Pace, PaceChange } from './pace.ts';
import { type After, ProviderGate } from './provider-gate.ts';

export interface AdaptivePaceOptions {
  readonly clock: Clock;
  /** Default: a timer. */
  readonly after?: After;
}

const longestHistory = 10_000;

/** A gate for each provider, by its name; all of a run's requests go through the same. */
export function createAdaptivePace({ clock, after = afterTimeout }: AdaptivePaceOptions): Pace {
  const gates = new Map<string, ProviderGate>();
  const history: PaceChange[] = [];

  const gateOf = ({ name, limits }: ProviderProfile): ProviderGate => {
    const known = gates.get(name);
    if (known !== undefined) return known;
    const onChange = (concurrency: number, reason: PaceChange['reason']): void => {
      history.push({ provider: name, atUs: clock.nowUs(), concurrency, reason });
      if (history.length > longestHistory) history.shift();
    };
    const gate = new ProviderGate({ limits, clock, after, onChange });
    gates.set(name, gate);
    return gate;
  };

  return {
    admit: (request) => gateOf(request.provider).admit(request),
    history: () => [...history],
  };
}

function afterTimeout(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
