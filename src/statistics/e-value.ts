import { betaUpperTail, logBeta } from './distributions.ts';
import type { DiscordantCounts } from './mcnemar.ts';

export interface EValue {
  readonly e: number;
  /** 1 / e, valid whenever one stops looking. */
  readonly anytimeP: number;
  /** Logarithm of e, which does not overflow. */
  readonly logE: number;
}

/**
 * An e-value for discordant pairs: a uniform mixture over the share that falls to the baseline, against one half,
 * E = 2^N B(b + 1, c + 1) (Ramdas et al. 2023, Stat Sci 38:576). At most 1 in expectation when the runs are alike, so
 * E >= 1 / alpha may be asked every night. Needs independent pairs and a frozen baseline. One-sided: the mass on
 * "baseline better" only.
 */
export function discordantEValue(
  { baselineOnly, candidateOnly }: DiscordantCounts,
  sides: 'two-sided' | 'drop' = 'drop',
): EValue {
  const discordant = baselineOnly + candidateOnly;
  const twoSided = discordant * Math.LN2 + logBeta(baselineOnly + 1, candidateOnly + 1);
  const share = sides === 'drop' ? 2 * betaUpperTail(0.5, baselineOnly + 1, candidateOnly + 1) : 1;
  const logE = twoSided + Math.log(share);
  return { e: Math.exp(logE), anytimeP: Math.min(1, Math.exp(-logE)), logE };
}
