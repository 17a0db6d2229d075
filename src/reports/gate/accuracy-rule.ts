import type { GateRule } from '../../statistics/gate-rule.ts';

export type AccuracyRule = Pick<GateRule, 'margin' | 'alpha'>;

/** `exact`: its chance of failing an unchanged candidate, enumerated, never exceeds alpha. */
export function exactRule({ margin, alpha }: AccuracyRule): GateRule {
  return { margin, alpha, method: 'exact' };
}
