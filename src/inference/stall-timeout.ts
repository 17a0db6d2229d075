import type { ModelProfile } from '../domain/model.ts';

/** How long a model may be silent: its own limit, or the run's. */
export function stallTimeoutOf(
  { stallTimeoutSec }: Pick<ModelProfile, 'stallTimeoutSec'>,
  usual: { readonly stallTimeoutMs: number },
): number {
  return stallTimeoutSec === undefined ? usual.stallTimeoutMs : stallTimeoutSec * 1000;
}
