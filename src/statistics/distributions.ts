/**
 * Distributions over Cephes (S. L. Moshier), whose incomplete beta function and its inverse agree with SciPy's to
 * eleven digits. Its ESM entry compiles asynchronously and hides its types, hence `require`. Cephes throws
 * where a tail is smaller than the smallest number; those are 0 here.
 */
import { createRequire } from 'node:module';

type Cephes = typeof import('cephes', { with: { 'resolution-mode': 'require' }});
const cephes: Cephes = createRequire(import.meta.url)('cephes');

/** Beyond this the normal tail underflows. */
const farthestZ = 37;

export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  return cephes.ndtri(p);
}

/** P(Z >= z). */
export function normalUpperTail(z: number): number {
  if (z > farthestZ) return 0;
  return z < -farthestZ ? 1 : cephes.ndtr(-z);
}

export function normalTwoSided(z: number): number {
  return Math.min(1, 2 * normalUpperTail(Math.abs(z)));
}

/** The z of a two-sided interval: 1.96 for 0.95. */
export function zOfLevel(level: number): number {
  return normalQuantile((1 + level) / 2);
}

/** Beyond this the chi-squared tail underflows. */
const farthestChiSquared = 1400;

/** P(X >= x). */
export function chiSquaredUpperTail(x: number, degreesOfFreedom = 1): number {
  if (x <= 0) return 1;
  return x > farthestChiSquared ? 0 : cephes.igamc(degreesOfFreedom / 2, x / 2);
}

export function tQuantile(p: number, degreesOfFreedom: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -tQuantile(1 - p, degreesOfFreedom);
  const x = cephes.incbi(degreesOfFreedom / 2, 0.5, 2 * (1 - p));
  return Math.sqrt((degreesOfFreedom * (1 - x)) / x);
}

export function tTwoSided(t: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(t)) return 0;
  return cephes.incbet(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + t * t));
}

export function betaQuantile(p: number, a: number, b: number): number {
  return cephes.incbi(a, b, p);
}

/** P(X >= x). */
export function betaUpperTail(x: number, a: number, b: number): number {
  return cephes.incbet(b, a, 1 - x);
}

export function logBeta(a: number, b: number): number {
  return cephes.lbeta(a, b);
}

/** P(X >= k). */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  return k > n ? 0 : cephes.incbet(k, n - k + 1, p);
}

/** P(X <= k). */
export function binomialLowerTail(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : cephes.incbet(n - k, k + 1, 1 - p);
}

export function binomialPmf(k: number, n: number, p: number): number {
  if (p <= 0 || p >= 1) return k === (p <= 0 ? 0 : n) ? 1 : 0;
  const logChoose = -Math.log(n + 1) - cephes.lbeta(n - k + 1, k + 1);
  return Math.exp(logChoose + k * Math.log(p) + (n - k) * Math.log1p(-p));
}
