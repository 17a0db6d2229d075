import { selects, selectsUpgrade, trialKey } from './fault-selector.ts';
import type { ChooseFault, ChooseRefusedUpgrade } from './faults.ts';
import { parseFault } from './parse-fault.ts';

/** As `startSimulator` takes them; for one simulator, because they count. */
export interface PlannedFaults {
  readonly faults: ChooseFault;
  readonly upgrades: ChooseRefusedUpgrade;
}

/**
 * From `--fault` specs to what happens when. The first spec that selects a request decides. The same seed,
 * specs and requests give the same faults; chances do not depend on the order in which trials come.
 */
export function planFaults(specs: readonly string[], seed: string | number): PlannedFaults {
  const parsed = specs.map((spec, index) => ({ ...parseFault(spec), keys: [seed, index] }));
  const seen = new Map<string, number>();
  return {
    faults: (asked) => {
      const key = trialKey(asked);
      const trialNumber = (seen.get(key) ?? 0) + 1;
      seen.set(key, trialNumber);
      const counted = { ...asked, trialNumber };
      for (const one of parsed) {
        if (one.on === 'request' && selects(one.selector, counted, one.keys)) return one.fault;
      }
      return undefined;
    },
    upgrades: (number) => {
      for (const one of parsed) {
        if (one.on === 'upgrade' && selectsUpgrade(one.selector, number, one.keys)) return one.refused;
      }
      return undefined;
    },
  };
}
