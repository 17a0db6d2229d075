import { binomialLowerTail, binomialPmf, binomialUpperTail } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';

export type Alternative = 'two-sided' | 'greater' | 'less';

/** Outcomes as likely as the observed one count with it, rounding aside (as R's binom.test). */
const tolerance = 1 + 1e-7;

/** Exact binomial test; two-sided: all outcomes no likelier than the observed one. */
export function binomialTest(x: number, n: number, p = 0.5, alternative: Alternative = 'two-sided'): number {
  if (alternative === 'greater') return binomialUpperTail(x, n, p);
  if (alternative === 'less') return binomialLowerTail(x, n, p);
  const limit = binomialPmf(x, n, p) * tolerance;
  let total = 0;
  for (let k = 0; k <= n; k++) {
    const chance = binomialPmf(k, n, p);
    if (chance <= limit) total += chance;
  }
  return Math.min(1, total);
}

export interface SignTest {
  readonly positive: number;
  readonly negative: number;
  readonly p: number;
}

/** The sign test of paired differences: do more go up than down? Zeros say nothing and are left out. */
export function signTest(differences: readonly number[]): Estimate<SignTest> {
  const positive = differences.filter((difference) => difference > 0).length;
  const negative = differences.filter((difference) => difference < 0).length;
  if (positive + negative === 0) return refused('all differences are zero');
  return estimated({ positive, negative, p: binomialTest(positive, positive + negative) });
}
