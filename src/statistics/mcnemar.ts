import { binomialLowerTail, binomialPmf, binomialUpperTail, chiSquaredUpperTail } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import type { PairedCounts } from './paired-counts.ts';

export interface McNemar {
  readonly discordant: number;
  /** Two-sided; keeps its level always, so a gate may promise it. */
  readonly exactP: number;
  /** Two-sided, for reports: held its level in all 9,595 settings of Fagerland et al. and is stronger. */
  readonly midP: number;
  readonly chiSquared: number;
  readonly p: number;
  readonly corrected: { readonly chiSquared: number; readonly p: number };
}

/**
 * McNemar's test of two paired rates (McNemar 1947; mid-p: Fagerland, Lydersen, Laake 2013, BMC Med Res Methodol
 * 13:91). Only the discordant pairs speak.
 */
export function mcNemar({ onlyA, onlyB }: Pick<PairedCounts, 'onlyA' | 'onlyB'>): Estimate<McNemar> {
  const discordant = onlyA + onlyB;
  if (discordant === 0) return refused('the arms agree on every task');
  const lesser = Math.min(onlyA, onlyB);
  const twoTails = 2 * binomialLowerTail(lesser, discordant, 0.5);
  const chiSquared = (onlyA - onlyB) ** 2 / discordant;
  const corrected = Math.max(0, Math.abs(onlyA - onlyB) - 1) ** 2 / discordant;
  return estimated({
    discordant,
    exactP: Math.min(1, twoTails),
    // Before the cap, so that equal counts give 1.
    midP: Math.min(1, twoTails - binomialPmf(lesser, discordant, 0.5)),
    chiSquared,
    p: chiSquaredUpperTail(chiSquared),
    corrected: { chiSquared: corrected, p: chiSquaredUpperTail(corrected) },
  });
}

/** What the gate counts: tasks that one of two runs resolved and the other did not. */
export interface DiscordantCounts {
  readonly baselineOnly: number;
  readonly candidateOnly: number;
}

/** One-sided exact p of "the candidate is no worse": P(Bin(N, 1/2) >= baselineOnly); 1 where nothing is discordant. */
export function exactDropP({ baselineOnly, candidateOnly }: DiscordantCounts): number {
  return binomialUpperTail(baselineOnly, baselineOnly + candidateOnly, 0.5);
}

/**
 * By the number of discordant pairs N, the least `baselineOnly` whose exact p is at most alpha; N + 1 where none is.
 */
export function criticalCounts(most: number, alpha: number): Int32Array {
  const critical = new Int32Array(most + 1);
  let count = 0;
  for (let discordant = 0; discordant <= most; discordant++) {
    while (count <= discordant && binomialUpperTail(count, discordant, 0.5) > alpha) count += 1;
    critical[discordant] = count;
  }
  return critical;
}
