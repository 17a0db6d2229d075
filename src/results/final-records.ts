import type { TrialRecord } from '../domain/record.ts';

type Tried = Pick<TrialRecord, 'trialId' | 'final'>;

/** A trial's final try, or the last of one that has none yet (an interrupted run). */
export function finalRecords<T extends Tried>(tries: Iterable<T>): T[] {
  const last = new Map<string, T>();
  for (const record of tries) {
    if (last.get(record.trialId)?.final !== true) last.set(record.trialId, record);
  }
  return [...last.values()];
}
