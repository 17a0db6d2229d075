import { EvalrunError } from '../domain/errors.ts';

/** Refuses the number of a flag that was given, where it is not a whole one from `least` on. */
export function checkWhole(flag: string, value: number | undefined, least: 0 | 1): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new EvalrunError(`--${flag} must be a whole number of at least ${least}`, { code: 'usage' });
}
