import { seededRandom } from '../lib/random.ts';
import { medianInterval } from '../statistics/median-interval.ts';
import { median } from '../statistics/percentile.ts';
import type { ReportArm } from './report-arms.ts';
import type { ArmReport } from './report-document.ts';
import type { RequestSamples } from './request-samples.ts';
import { mostPoints, thinned } from './thinned.ts';
import { wayText } from './way-text.ts';

type Curves = Pick<ArmReport['curves'], 'ttftEcdf' | 'ttftByTurn' | 'ttftByInput'>;

const fewestForTurn = 3;

/** Time to first token by transport: its distribution, by turn and by input. Empty where no time was measured. */
export function ttftCurves(arm: ReportArm, seed: number): Curves {
  const measured =
    arm.notMeasured === undefined ? arm.requests.filter(({ ttftMs }) => ttftMs.length > 0) : [];
  return {
    ttftEcdf: measured.map((samples) => ({ transport: wayText(samples), points: ecdf(samples) })),
    ttftByTurn: measured.map((samples) => ({ transport: wayText(samples), points: byTurn(samples) })),
    ttftByInput: measured.map((samples) => ({
      transport: wayText(samples),
      points: byInput(samples, `${seed} ${arm.key}`),
    })),
  };
}

/** Of the requests that the percentiles are made from: each trial's first stands apart. */
function ecdf({ ttftMs, isFirst }: RequestSamples): Curves['ttftEcdf'][number]['points'] {
  const sorted = ttftMs.filter((_, index) => !isFirst[index]).sort((a, b) => a - b);
  return thinned(sorted.map((x, index) => ({ x, y: (index + 1) / sorted.length })));
}

/** Turns that few trials came to say nothing of the model. */
function byTurn({ ttftMs, turns }: RequestSamples): Curves['ttftByTurn'][number]['points'] {
  const times = Map.groupBy(ttftMs.keys(), (index) => turns[index] ?? 0);
  const points = [...times]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([x, places]) => {
      const samples = places.map((place) => ttftMs[place] ?? 0);
      const y = median(samples);
      if (y === undefined || samples.length < fewestForTurn) return [];
      const interval = medianInterval(samples);
      return [interval.status === 'refused' ? { x, y } : { x, y, ...interval.value.interval }];
    });
  return thinned(points);
}

/** A sample drawn by Knuth's selection, so that points keep their order. */
function byInput(
  { ttftMs, inputTokens }: RequestSamples,
  seed: string,
): Curves['ttftByInput'][number]['points'] {
  const places = [...ttftMs.keys()].filter((place) => !Number.isNaN(inputTokens[place]));
  const random = seededRandom('ttft-by-input', seed);
  let wanted = Math.min(mostPoints, places.length);
  return places.flatMap((place, index) => {
    if (random() * (places.length - index) >= wanted) return [];
    wanted -= 1;
    return [{ x: inputTokens[place] ?? 0, y: ttftMs[place] ?? 0 }];
  });
}
