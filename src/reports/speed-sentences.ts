import { secondsText } from './figure-text.ts';
import type { PairReport } from './report-document.ts';
import { countOf, percentOf, timesText, valueIn } from './sentence-parts.ts';

/** How much faster one of two arms is: to the same share solved, until it is passed, and on the tasks both solved. */
export function speedSentences(pair: PairReport): string[] {
  return [...speedUp(pair), ...crossover(pair), ...pairedTimes(pair)];
}

/** At the highest share that both arms reach; said apart where who is faster changes on the way. */
function speedUp({ a, b, speedUpAtEqualAccuracy }: PairReport): string[] {
  const reached = speedUpAtEqualAccuracy.flatMap(({ share, ratio }) =>
    ratio.status === 'estimated' ? [{ share, value: ratio.value, interval: ratio.interval }] : [],
  );
  const last = reached.at(-1);
  if (last === undefined) return [];
  const [faster, slower] = last.value >= 1 ? [b, a] : [a, b];
  const asFaster = (ratio: number): number => (last.value >= 1 ? ratio : 1 / ratio);
  const ratios = reached.map(({ value }) => asFaster(value));
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  const share = percentOf(last.share, 1);
  if (least < 1) {
    return [
      `Which arm is faster depends on the share solved: at ${share} it is ${faster}, ${timesText(asFaster(last.value))} faster.`,
    ];
  }
  const spread =
    most - least < 0.05
      ? ''
      : ` (${timesText(least).replace(' times', '')} to ${timesText(most)} on the way there)`;
  const interval = last.interval;
  const limits =
    interval === undefined ? [] : [asFaster(interval.low), asFaster(interval.high)].toSorted((x, y) => x - y);
  const [low, high] = limits;
  const range = low === undefined || high === undefined ? '' : ` [${low.toFixed(1)}, ${high.toFixed(1)}]`;
  const doubt = doubtOf(low);
  return [
    `${faster} is ${timesText(asFaster(last.value))} faster${range} than ${slower} to the same share solved, up to ${share}${spread}${doubt}.`,
  ];
}

function doubtOf(low: number | undefined): string {
  if (low === undefined) return ', without an interval: the tasks are too few';
  return low < 1 ? '; this is not separated from equal' : '';
}

function crossover({ crossoverSeconds, passedBy }: PairReport): string[] {
  const at = valueIn(crossoverSeconds);
  return at === undefined || passedBy === undefined
    ? []
    : [`Given more than ${secondsText(at)} for each task, ${passedBy} has solved more.`];
}

function pairedTimes({ a, b, timeRatio }: PairReport): string[] {
  if (timeRatio.status === 'refused') return [];
  const { value, interval, n } = timeRatio;
  const [faster, slower] = value >= 1 ? [b, a] : [a, b];
  const turned = (ratio: number): number => (value >= 1 ? ratio : 1 / ratio);
  const limits =
    interval === undefined ? [] : [turned(interval.low), turned(interval.high)].toSorted((x, y) => x - y);
  const range = limits.length < 2 ? '' : ` [${limits.map((limit) => limit.toFixed(1)).join(', ')}]`;
  const doubt = (limits[0] ?? 1) < 1 ? ', which is not separated from equal' : '';
  return [
    `On the ${countOf(n, 'task')} that both solved, mostly easy ones, ${faster} is ${timesText(turned(value))} faster than ${slower}${range}${doubt}.`,
  ];
}
