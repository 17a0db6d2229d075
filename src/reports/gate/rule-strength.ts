/** What the gate's whole rule can see and how often it is wrong, from the exact chances of its verdicts. */
import { type Estimate, estimated, refused } from '../../statistics/estimate.ts';
import type { GateRule } from '../../statistics/gate-rule.ts';
import { nightRates, type VerdictChances, verdictChances } from '../../statistics/verdict-chances.ts';

const steps = 24;

/**
 * The smallest true drop at which the rule fails with the given chance, by bisection. Above what McNemar's test alone
 * would see wherever the margin is the higher bar.
 */
export function smallestFailingDrop(
  tasks: number,
  flipRate: number,
  rule: GateRule,
  power = 0.8,
): Estimate<number> {
  const fails = (drop: number): number => chancesOf(tasks, flipRate, drop, rule).fail;
  let low = 0;
  let high = 1 - flipRate;
  if (fails(high) < power) return refused('so few tasks cannot show even the largest');
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2;
    if (fails(middle) < power) low = middle;
    else high = middle;
  }
  return estimated(high);
}

export function chancesOf(tasks: number, flipRate: number, drop: number, rule: GateRule): VerdictChances {
  const chances = verdictChances(nightRates(tasks, flipRate, drop), rule);
  return chances.status === 'refused' ? { pass: 0, fail: 0, inconclusive: 1 } : chances.value;
}

/** The largest chance that an unchanged candidate fails, over flip rates from 1 to 100 %. */
export function worstSize(tasks: number, rule: GateRule): number {
  const rates = [
    ...Array.from({ length: 10 }, (_, i) => (i + 1) / 100),
    0.12,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.75,
    1,
  ];
  return Math.max(...rates.map((flipRate) => chancesOf(tasks, flipRate, 0, rule).fail));
}
