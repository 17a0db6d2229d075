import { chanceOfAlarm } from '../../statistics/false-alarms.ts';
import { type AccuracyRule, exactRule } from './accuracy-rule.ts';
import { scoreDifferences, singleCounts } from './decide-accuracy.ts';
import type { GateFigure, GateFlips, GateStrength } from './gate-result.ts';
import type { CountedTask } from './pair-sides.ts';
import { sizeByMeans, smallestDropByMeans } from './repeats-strength.ts';
import { chancesOf, smallestFailingDrop, worstSize } from './rule-strength.ts';

export interface StrengthOptions {
  readonly rule: AccuracyRule;
  readonly flips: GateFlips;
  readonly nights: number;
  /** What stands between a first red and the last one. */
  readonly confirmation: 'none' | 'fresh' | 'kept';
  readonly seed: string | number;
}

/** What a reader must know before a verdict is believed: what it could have seen, and how often it errs. */
export function strengthOf(tasks: readonly CountedTask[], options: StrengthOptions): GateStrength {
  const counts = singleCounts(tasks);
  const strength =
    tasks.length === 0
      ? unknownStrength()
      : counts === undefined
        ? byMeans(tasks, options)
        : byCounts(tasks.length, counts.onlyA + counts.onlyB, options);
  return { ...strength, ...falseAlarms(strength, options) };
}

type Sized = Omit<GateStrength, 'falseAlarm' | 'falseAlarmNote'>;

function unknownStrength(): Sized {
  const none = { status: 'refused', reason: 'no task' } as const;
  return {
    flipRate: none,
    flipRateFrom: 'none',
    smallestDrop: none,
    size: none,
    sizeBy: 'enumerated',
    healthyPasses: none,
  };
}

function byCounts(tasks: number, discordant: number, { rule, flips }: StrengthOptions): Sized {
  const exact = exactRule(rule);
  const isMeasured = flips.status === 'measured';
  const flipRate = isMeasured ? flips.rate : discordant / tasks;
  const chances = chancesOf(tasks, flipRate, 0, exact);
  return {
    flipRate: known(flipRate),
    flipRateFrom: isMeasured ? 'measured' : 'seen',
    smallestDrop: smallestFailingDrop(tasks, flipRate, exact),
    size: known(isMeasured ? chances.fail : worstSize(tasks, exact)),
    sizeBy: isMeasured ? 'enumerated' : 'enumerated, largest over all flip rates',
    healthyPasses: known(chances.pass),
  };
}

function byMeans(tasks: readonly CountedTask[], { rule, seed }: StrengthOptions): Sized {
  const differences = scoreDifferences(tasks);
  return {
    flipRate: { status: 'refused', reason: 'repeats: the spread of the tasks’ means is taken instead' },
    flipRateFrom: 'none',
    smallestDrop: smallestDropByMeans(differences, rule),
    size: sizeByMeans(differences, rule, seed),
    sizeBy: 'sign flips',
    healthyPasses: { status: 'refused', reason: 'not enumerated with repeats' },
  };
}

function known(value: number): GateFigure {
  return { status: 'estimated', value };
}

/** A confirmation by fresh pairs of both sides is independent and its size at most alpha; kept verdicts are in both. */
function falseAlarms(
  { size }: Sized,
  { rule, nights, confirmation }: StrengthOptions,
): Pick<GateStrength, 'falseAlarm' | 'falseAlarmNote'> {
  if (size.status === 'refused') return { falseAlarm: size, falseAlarmNote: '' };
  const perNight = confirmation === 'fresh' ? size.value * rule.alpha : size.value;
  return {
    falseAlarm: known(chanceOfAlarm(perNight, nights)),
    falseAlarmNote: {
      none: 'without a confirmation',
      fresh: 'with an independent confirmation, at most',
      kept: 'at most: the confirmation shares the baseline’s verdicts, so that no less is promised',
    }[confirmation],
  };
}
