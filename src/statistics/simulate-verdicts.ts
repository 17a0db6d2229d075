import { seededRandom } from '../lib/random.ts';
import { type GateRule, gateJudge } from './gate-rule.ts';
import type { NightRates, VerdictChances } from './verdict-chances.ts';

/** Shares of verdicts over simulated nights, task by task: a check on the enumeration that shares none of its code. */
export function simulateVerdicts(
  { tasks, baselineOnly, candidateOnly }: NightRates,
  rule: GateRule,
  { nights, seed }: { readonly nights: number; readonly seed: string | number },
): VerdictChances {
  const random = seededRandom('simulate-verdicts', seed);
  const judge = gateJudge(tasks, rule);
  const seen = { pass: 0, fail: 0, inconclusive: 0 };
  for (let night = 0; night < nights; night++) {
    let baseline = 0;
    let candidate = 0;
    for (let task = 0; task < tasks; task++) {
      const draw = random();
      if (draw < baselineOnly) baseline += 1;
      else if (draw < baselineOnly + candidateOnly) candidate += 1;
    }
    seen[judge(baseline, candidate)] += 1;
  }
  return { pass: seen.pass / nights, fail: seen.fail / nights, inconclusive: seen.inconclusive / nights };
}
