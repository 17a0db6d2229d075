import { seededRandom } from '../src/lib/random.ts';
import { type AccuracyRule, exactRule } from '../src/reports/gate/accuracy-rule.ts';
import { decideAccuracy } from '../src/reports/gate/decide-accuracy.ts';
import type { CountedTask } from '../src/reports/gate/pair-sides.ts';
import { chancesOf, smallestFailingDrop } from '../src/reports/gate/rule-strength.ts';
import { clopperPearson } from '../src/statistics/clopper-pearson.ts';
import { alarmTable, powerTable } from './gate/power-table.ts';
import type { Bench } from './measure.ts';

interface Setting extends AccuracyRule {
  readonly tasks: number;
  readonly flipRate: number;
  readonly attempts: number;
}

const nights = 2_000;
const margin = 0.05;
const settings: readonly Setting[] = [
  { tasks: 100, flipRate: 0.1, alpha: 0.05, margin, attempts: 1 },
  { tasks: 300, flipRate: 0.1, alpha: 0.05, margin, attempts: 1 },
  { tasks: 300, flipRate: 0.1, alpha: 0.005, margin, attempts: 1 },
  { tasks: 731, flipRate: 0.02, alpha: 0.005, margin, attempts: 1 },
];

/** Nights drawn task by task and attempt by attempt, each judged by the gate's own rule, beside what it promises. */
export const gateBench: Bench = {
  name: 'gate',
  describe: `${nights} simulated nights a line: false alarms beside the enumerated size, power at the printed drop (bars: size within the 99 % interval and at most alpha; power's 99 % interval reaches .80)`,
  run: async () => [
    ...settings.flatMap(linesOf),
    ...repeatsLines(),
    '',
    ...powerTable(),
    '',
    ...alarmTable(),
  ],
};

function linesOf(setting: Setting): string[] {
  const { tasks, flipRate, alpha } = setting;
  const rule = exactRule(setting);
  const size = chancesOf(tasks, flipRate, 0, rule).fail;
  const drop = smallestFailingDrop(tasks, flipRate, rule);
  if (drop.status === 'refused') return [`${tasks} tasks: ${drop.reason}`];
  const alike = failuresOf(setting, 0);
  const dropped = failuresOf(setting, drop.value);
  return [
    `${tasks} tasks, ${flipRate * 100} % flips, alpha ${alpha}, margin ${setting.margin}:`,
    `  A/A: ${alike} of ${nights} red, ${intervalText(alike)}; enumerated size ${size.toFixed(5)}: ${verdictOf(isWithin(size, alike) && alike / nights <= alpha)}`,
    `  true drop ${(drop.value * 100).toFixed(2)} %: ${dropped} of ${nights} red, ${intervalText(dropped)}; promised 0.80: ${verdictOf(intervalOf(dropped).high >= 0.8)}`,
  ];
}

/** With repeats nothing is enumerated: alpha itself is the promise. */
function repeatsLines(): string[] {
  const setting: Setting = { tasks: 100, flipRate: 0.1, alpha: 0.05, margin: 0.02, attempts: 3 };
  const alike = failuresOf(setting, 0);
  return [
    `${setting.tasks} tasks in ${setting.attempts} attempts, ${setting.flipRate * 100} % flips, alpha ${setting.alpha}, margin ${setting.margin}:`,
    `  A/A: ${alike} of ${nights} red, ${intervalText(alike)}; alpha ${setting.alpha}: ${verdictOf(intervalOf(alike).low <= setting.alpha)}`,
  ];
}

function failuresOf(setting: Setting, drop: number): number {
  let failures = 0;
  for (let night = 0; night < nights; night++) {
    const random = seededRandom('gate-bench', setting.tasks, setting.alpha, setting.attempts, drop, night);
    const tasks = Array.from({ length: setting.tasks }, (_, index) => drawTask(index, setting, drop, random));
    if (decideAccuracy(tasks, setting, night).verdict === 'fail') failures += 1;
  }
  return failures;
}

/** A share of tasks is lost by the candidate, a share is flaky at even odds (and so flips half of the time), the rest is sure. */
function drawTask(
  index: number,
  { flipRate, attempts }: Setting,
  drop: number,
  random: () => number,
): CountedTask {
  const kind = random();
  const [before, after] = kind < drop ? [1, 0] : kind < drop + 2 * flipRate ? [0.5, 0.5] : [1, 1];
  const attempt = (chance: number) => {
    let resolved = 0;
    for (let count = 0; count < attempts; count++) if (random() < chance) resolved += 1;
    return { judged: attempts, resolved, unjudged: 0 };
  };
  return { id: String(index), baseline: attempt(before), candidate: attempt(after) };
}

function intervalOf(failures: number): { low: number; high: number } {
  const interval = clopperPearson(failures, nights, 0.99);
  return interval.status === 'refused' ? { low: 0, high: 1 } : interval.value;
}

function isWithin(rate: number, failures: number): boolean {
  const { low, high } = intervalOf(failures);
  return low <= rate && rate <= high;
}

function intervalText(failures: number): string {
  const { low, high } = intervalOf(failures);
  return `${(failures / nights).toFixed(5)} [${low.toFixed(5)}, ${high.toFixed(5)}]`;
}

function verdictOf(holds: boolean): string {
  return holds ? 'holds' : 'DOES NOT HOLD';
}
