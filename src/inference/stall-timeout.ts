import type { ModelProfile } from '../domain/model.ts';

/** For models that say nothing of their own. */
export const usualStallTimeoutMs = 300_000;

/** How long a model may be silent: its own limit, or the run's. */
export function stallTimeoutOf(
  { stallTimeoutSec }: Pick<ModelProfile, 'stallTimeoutSec'>,
  usual: { readonly stallTimeoutMs: number } = { stallTimeoutMs: usualStallTimeoutMs },
): number {
  return stallTimeoutSec === undefined ? usual.stallTimeoutMs : stallTimeoutSec * 1000;
}
