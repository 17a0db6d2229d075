import { type StepCurve, shareAt, timeToReach } from './step-curve.ts';

/** How many times faster; "not reached" where a curve never gets to the accuracy: neither infinity nor 0. */
export type SpeedUp =
  | {
      readonly status: 'reached';
      readonly ratio: number;
      readonly fastTime: number;
      readonly deepTime: number;
    }
  | { readonly status: 'not-reached'; readonly by: 'fast' | 'deep' | 'both' };

/** R(a) = t_deep(a) / t_fast(a), t(a) the first time at which a share a is solved. */
export function speedUpAt(share: number, fast: StepCurve, deep: StepCurve): SpeedUp {
  const fastTime = timeToReach(fast, share);
  const deepTime = timeToReach(deep, share);
  if (fastTime !== undefined && deepTime !== undefined && fastTime > 0) {
    return { status: 'reached', ratio: deepTime / fastTime, fastTime, deepTime };
  }
  if (deepTime !== undefined) return { status: 'not-reached', by: 'fast' };
  return { status: 'not-reached', by: fastTime === undefined ? 'both' : 'deep' };
}

/** When the deep curve passes the fast one. */
export type Crossover =
  | {
      readonly status: 'crossed';
      /** First time at which deep is ahead after fast was. */
      readonly aheadFrom: number;
      /** Since when they were level before that. */
      readonly levelFrom: number | undefined;
      /** How often the lead changes in all; above 1 the first crossing is not the last word. */
      readonly leadChanges: number;
    }
  /** Fast leads, or is level, to the end. */
  | { readonly status: 'not-reached' }
  /** Deep leads first: ask the other way round when it is passed. */
  | { readonly status: 'ahead-first' };

type Leader = 'fast' | 'deep' | 'level';

export function crossover(fast: StepCurve, deep: StepCurve): Crossover {
  const leads = leadsOverTime(fast, deep);
  if (leads.find(({ leader }) => leader !== 'level')?.leader === 'deep') return { status: 'ahead-first' };
  const passes = leads.findIndex(({ leader }) => leader === 'deep');
  const pass = leads[passes];
  if (pass === undefined) return { status: 'not-reached' };
  const lastFast = leads.findLastIndex(({ leader }, index) => leader === 'fast' && index < passes);
  const levelFrom = lastFast + 1 < passes ? leads[lastFast + 1]?.time : undefined;
  return { status: 'crossed', aheadFrom: pass.time, levelFrom, leadChanges: changesOf(leads) };
}

function leadsOverTime(fast: StepCurve, deep: StepCurve): { time: number; leader: Leader }[] {
  const times = [...new Set([...fast, ...deep].map(({ time }) => time))].toSorted((x, y) => x - y);
  return times.map((time) => {
    const lead = shareAt(deep, time) - shareAt(fast, time);
    return { time, leader: Math.abs(lead) < 1e-12 ? 'level' : lead > 0 ? 'deep' : 'fast' };
  });
}

function changesOf(leads: readonly { leader: Leader }[]): number {
  const clear = leads.filter(({ leader }) => leader !== 'level');
  return clear.filter(({ leader }, index) => index > 0 && clear[index - 1]?.leader !== leader).length;
}
