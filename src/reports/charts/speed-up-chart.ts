import { figureText, percentText, ratioText } from '../figure-text.ts';
import type { Figure, PairReport } from '../report-document.ts';
import { chartOptions, shareRange } from './chart-options.ts';
import { captionOf, type LineSeries, type MakeChart } from './chart-spec.ts';
import { faded, seriesStyle } from './chart-theme.ts';
import { logRange, type ScaleRange } from './scale-range.ts';
import { type Whisker, whiskersPlugin } from './whiskers.ts';

type SpeedPair = Pick<PairReport, 'a' | 'b' | 'speedUpAtEqualAccuracy'>;

interface Speed {
  readonly share: number;
  readonly value: number;
  readonly interval: { readonly low: number; readonly high: number } | undefined;
}

/** How many times sooner one arm has solved the same share as the other. */
export const speedUpChart: MakeChart = (document) => {
  const pairs = document.pairs.map(fasterSecond).filter((pair) => speedsOf(pair).length > 0);
  if (pairs.length === 0) return undefined;
  const title = 'Speed-up at equal accuracy';
  const caption = captionOf(document);
  return {
    name: 'speed-up',
    title,
    description:
      'Time of the first arm / time of the second until the same share is solved; above 1 the second is faster. A share that one of them does not reach has no point.',
    caption,
    table: {
      head: ['pair', 'share solved', 'speed-up'],
      rows: pairs.flatMap((pair) =>
        pair.speedUpAtEqualAccuracy.map(({ share, ratio }) => [
          nameOf(pair),
          percentText(share),
          ratio.status === 'refused' ? ratio.reason : figureText(ratio, ratioText),
        ]),
      ),
    },
    config: (theme) => ({
      type: 'line',
      data: {
        datasets: [
          ...pairs.map((pair, at): LineSeries => {
            const { colour, dash, shape } = seriesStyle(theme, at);
            return {
              label: nameOf(pair),
              data: speedsOf(pair).map(({ share, value }) => ({ x: share, y: value })),
              borderColor: colour,
              backgroundColor: colour,
              borderDash: dash,
              borderWidth: 2,
              pointRadius: 4,
              pointStyle: shape,
            };
          }),
          evenLine(theme.faint),
        ],
      },
      options: chartOptions(theme, {
        title,
        caption,
        legend: 'points',
        x: { title: 'share solved', range: shareRange, text: percentText },
        y: { title: 'speed-up', type: 'logarithmic', range: speeds(pairs), text: ratioText },
      }),
      plugins: [
        whiskersPlugin(
          pairs.flatMap((pair, at) => whiskersOf(pair, faded(seriesStyle(theme, at).colour, 0.6))),
        ),
      ],
    }),
  };
};

/** A pair whose second arm is the slower one throughout is told the other way round: a speed-up reads above 1. */
function fasterSecond(pair: PairReport): SpeedPair {
  const speeds = speedsOf(pair);
  if (speeds.length === 0 || speeds.some(({ value }) => value >= 1)) return pair;
  const turned = pair.speedUpAtEqualAccuracy.map(({ share, ratio }) => ({ share, ratio: inverse(ratio) }));
  return { a: pair.b, b: pair.a, speedUpAtEqualAccuracy: turned };
}

function inverse(ratio: Figure): Figure {
  if (ratio.status === 'refused') return ratio;
  const { value, interval, n } = ratio;
  const turned =
    interval === undefined ? {} : { interval: { low: 1 / interval.high, high: 1 / interval.low } };
  return { status: 'estimated', value: 1 / value, n, ...turned };
}

/** The line on which neither is faster. */
function evenLine(colour: string): LineSeries {
  return {
    label: '',
    data: [
      { x: 0, y: 1 },
      { x: 1, y: 1 },
    ],
    borderColor: colour,
    borderDash: [3, 3],
    borderWidth: 1,
    pointRadius: 0,
  };
}

function speeds(pairs: readonly SpeedPair[]): ScaleRange {
  const all = pairs.flatMap(speedsOf);
  return logRange([
    1,
    ...all.flatMap(({ value, interval }) => [value, interval?.low ?? value, interval?.high ?? value]),
  ]);
}

function nameOf({ a, b }: SpeedPair): string {
  return `${a} / ${b}`;
}

function speedsOf(pair: SpeedPair): Speed[] {
  return pair.speedUpAtEqualAccuracy.flatMap(({ share, ratio }) =>
    ratio.status === 'estimated' && ratio.value > 0
      ? [{ share, value: ratio.value, interval: positive(ratio.interval) }]
      : [],
  );
}

/** The axis has no place for 0. */
function positive(interval: Speed['interval']): Speed['interval'] {
  return interval === undefined || interval.low <= 0 ? undefined : interval;
}

function whiskersOf(pair: SpeedPair, colour: string): Whisker[] {
  return speedsOf(pair).flatMap(({ share, value, interval }) =>
    interval === undefined ? [] : [{ x: share, y: value, yRange: interval, colour }],
  );
}
