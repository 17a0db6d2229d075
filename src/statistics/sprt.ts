/** Wald's sequential probability ratio test of a rate: p1 acceptable, p2 not (NIST/SEMATECH e-Handbook, 6.2.3.2 ff.). */
export interface SprtDesign {
  readonly p1: number;
  readonly p2: number;
  /** Chance of rejecting at p1. */
  readonly alpha: number;
  /** Chance of accepting at p2. */
  readonly beta: number;
}

export interface SprtLines {
  /** Accept at or below -h1 + slope n, reject at or above h2 + slope n. */
  readonly h1: number;
  readonly h2: number;
  readonly slope: number;
}

export function sprtLines({ p1, p2, alpha, beta }: SprtDesign): SprtLines {
  const scale = Math.log((p2 * (1 - p1)) / (p1 * (1 - p2)));
  return {
    h1: Math.log((1 - alpha) / beta) / scale,
    h2: Math.log((1 - beta) / alpha) / scale,
    slope: Math.log((1 - p1) / (1 - p2)) / scale,
  };
}

/** What x failures in n independent trials decide. */
export function sprtVerdict(x: number, n: number, design: SprtDesign): 'accept' | 'reject' | 'continue' {
  const { h1, h2, slope } = sprtLines(design);
  if (x <= slope * n - h1) return 'accept';
  return x >= slope * n + h2 ? 'reject' : 'continue';
}
