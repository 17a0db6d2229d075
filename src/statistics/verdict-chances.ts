import { type Estimate, estimated, refused } from './estimate.ts';
import { type GateRule, type GateVerdict, gateJudge } from './gate-rule.ts';

/** How a night comes out: shares of tasks that only one of the two runs resolves. */
export interface NightRates {
  readonly tasks: number;
  readonly baselineOnly: number;
  readonly candidateOnly: number;
}

export type VerdictChances = Readonly<Record<GateVerdict, number>>;

/** Rates from the share of tasks that flip between identical runs, half each way, and a true drop. */
export function nightRates(tasks: number, flipRate: number, drop: number): NightRates {
  return { tasks, baselineOnly: flipRate / 2 + drop, candidateOnly: flipRate / 2 };
}

/**
 * The chance of each verdict, enumerated over all outcomes of the night: `fail` with no drop is the true size of the
 * whole rule, `fail` with a drop its power, `pass` with a drop of the margin its false passes.
 */
export function verdictChances(rates: NightRates, rule: GateRule): Estimate<VerdictChances> {
  const { tasks, baselineOnly, candidateOnly } = rates;
  if (tasks < 1) return refused('no task');
  if (baselineOnly < 0 || candidateOnly < 0 || baselineOnly + candidateOnly > 1) {
    return refused('rates of discordant tasks outside 0 to 1');
  }
  const judge = gateJudge(tasks, rule);
  const chances = { pass: 0, fail: 0, inconclusive: 0 };
  for (const [baseline, candidate, chance] of outcomes(rates)) chances[judge(baseline, candidate)] += chance;
  return estimated(chances);
}

/** Standard deviations beyond which nothing is enumerated: some 1e-18 of all nights. */
const reach = 9;

/** Multinomial: how many are discordant, and of those how many the baseline alone resolved. */
function* outcomes({ tasks, baselineOnly, candidateOnly }: NightRates): Iterable<[number, number, number]> {
  const rate = baselineOnly + candidateOnly;
  const share = rate === 0 ? 0 : baselineOnly / rate;
  const logFactorials = tableOfLogFactorials(tasks);
  for (const [discordant, chance] of binomial(tasks, rate, logFactorials)) {
    for (const [baseline, split] of binomial(discordant, share, logFactorials)) {
      yield [baseline, discordant - baseline, chance * split];
    }
  }
}

function* binomial(n: number, p: number, logFactorials: Float64Array): Iterable<[number, number]> {
  const spread = reach * Math.sqrt(n * p * (1 - p)) + reach;
  const from = Math.max(0, Math.floor(n * p - spread));
  const to = Math.min(n, Math.ceil(n * p + spread));
  for (let k = from; k <= to; k++) {
    const logChoose = (logFactorials[n] ?? 0) - (logFactorials[k] ?? 0) - (logFactorials[n - k] ?? 0);
    yield [k, Math.exp(logChoose + timesLog(k, p) + timesLog(n - k, 1 - p))];
  }
}

/** 0 log 0 is 0. */
function timesLog(times: number, p: number): number {
  return times === 0 ? 0 : times * Math.log(p);
}

function tableOfLogFactorials(most: number): Float64Array {
  const table = new Float64Array(most + 1);
  for (let n = 2; n <= most; n++) table[n] = (table[n - 1] ?? 0) + Math.log(n);
  return table;
}
