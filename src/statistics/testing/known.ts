import type { Estimate } from '../estimate.ts';

/** The value of an estimate that a test counts on; a refusal fails the test with its reason. */
export function known<T>(estimate: Estimate<T>): T {
  if (estimate.status === 'refused') throw new Error(`refused: ${estimate.reason}`);
  return estimate.value;
}
