import type { RecordedTry } from './cassette-schema.ts';

/**
 * The tries of a trial that a replay goes through, in order: the final one, and before it those that the model's
 * provider failed, which it fails again. One that broke off for a reason of our own (a container, the disk)
 * has nothing to go on with when that reason does not come again.
 */
export function triesToPlay(tries: readonly RecordedTry[]): readonly RecordedTry[] {
  return tries
    .filter(({ final, status, code }) => final || (status === 'errored' && code === 'inference'))
    .toSorted((a, b) => a.try - b.try);
}

/** Whether the recording of a trial goes to its end. */
export function isWhole(tries: readonly RecordedTry[] | undefined): boolean {
  return tries?.some(({ final }) => final) === true;
}
