import type { ArmComparison } from '../statistics/compare-arms.ts';
import type { SpeedComparison } from '../statistics/compare-speed.ts';
import { known, refusal } from './figures.ts';
import type { Figure, PairReport } from './report-document.ts';

type PairSpeed = Pick<PairReport, 'timeRatio' | 'speedUpAtEqualAccuracy' | 'crossoverSeconds' | 'passedBy'>;

/** Times of a over times of b. In the comparison b is the first arm, so "fast" there is b here. */
export function pairSpeed(
  compared: ArmComparison,
  pair: { readonly a: string; readonly b: string },
  notMeasured: string | undefined,
): PairSpeed {
  if (notMeasured !== undefined) return without(notMeasured);
  const { speed, pairing } = compared;
  const n = pairing.tasks.length;
  const timeRatio = pairedTimes(compared);
  if (speed.status === 'refused') return { ...without(speed.reason), timeRatio };
  return {
    timeRatio,
    speedUpAtEqualAccuracy: speed.value.speedUps.map(({ share, speedUp, interval }) => ({
      share,
      ratio:
        speedUp.status === 'reached'
          ? known(speedUp.ratio, n, interval.status === 'estimated' ? interval.value.interval : undefined)
          : refusal(`not reached by ${notReachedBy(speedUp.by, pair)}`, n),
    })),
    ...crossoverOf(speed.value, pair, n),
  };
}

function notReachedBy(
  by: 'fast' | 'deep' | 'both',
  { a, b }: { readonly a: string; readonly b: string },
): string {
  return { fast: b, deep: a, both: `${a} nor by ${b}` }[by];
}

function without(reason: string): PairSpeed {
  const none = refusal(reason, 0);
  return { timeRatio: none, speedUpAtEqualAccuracy: [], crossoverSeconds: none };
}

/** Over the tasks that both solved. */
function pairedTimes({ pairedTimes: times, pairing }: ArmComparison): Figure {
  const solved = pairing.tasks.filter(({ a, b }) => a.resolved > 0 && b.resolved > 0).length;
  if (times.status === 'refused') {
    return refusal(`${times.reason}; both solved ${solved} tasks, not all of them with a known time`, solved);
  }
  const { ratio, interval, pairs } = times.value;
  return known(1 / ratio, pairs, { low: 1 / interval.high, high: 1 / interval.low });
}

function crossoverOf(
  { crossover: { early, result } }: SpeedComparison,
  pair: { readonly a: string; readonly b: string },
  n: number,
): Pick<PairSpeed, 'crossoverSeconds' | 'passedBy'> {
  if (result.status !== 'crossed') {
    const reason = 'not reached: the arm that leads first leads to the end, or they are level';
    return { crossoverSeconds: refusal(reason, n) };
  }
  return {
    crossoverSeconds: known(result.aheadFrom / 1e6, n),
    passedBy: early === 'a' ? pair.a : pair.b,
  };
}
