import { seededRandom } from '../lib/random.ts';
import { type ClusteredValue, clusteredMean } from './clustered-mean.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import { clip, type Interval } from './interval.ts';
import { interpolate } from './percentile.ts';
import { incidence, inOrder, solvedCurve, type TimedTrial } from './solved-curve.ts';
import { wilsonInterval } from './wilson.ts';

/** A band round the share solved by t, at the curve's steps. The kind belongs into the chart's legend. */
export interface SolvedBand {
  /** Pointwise: each t by itself is covered at the level. Simultaneous: the whole curve is. */
  readonly kind: 'pointwise' | 'simultaneous';
  readonly method: string;
  readonly level: number;
  readonly points: readonly (Interval & { readonly time: number; readonly share: number })[];
}

/**
 * Wilson's interval at each step; with repeats or repositories at the effective number of trials, n divided by the
 * design effect of that step. Refused where trials were cut off: a share is no plain proportion then.
 */
export function pointwiseBand(
  trials: readonly TimedTrial[],
  { by, level = 0.95 }: { readonly by: 'trial' | 'task' | 'cluster'; readonly level?: number },
): Estimate<SolvedBand> {
  const drawn = solvedCurve(trials);
  if (drawn.status === 'refused') return drawn;
  if (drawn.value.censored > 0) return refused('some trials were cut off: use the simultaneous band');
  if (by === 'cluster' && trials.some(({ cluster }) => cluster === undefined)) {
    return refused('tasks without a repository');
  }
  const effective = effectiveSize(trials, by);
  const points = drawn.value.curve.flatMap((step) => {
    const n = effective(step.time);
    const interval = wilsonInterval(step.share * n, n, level);
    return interval === undefined ? [] : [{ ...step, ...interval }];
  });
  const method = by === 'trial' ? 'Wilson' : `Wilson at the effective number of trials, by ${by}`;
  return estimated({ kind: 'pointwise', method, level, points });
}

function effectiveSize(trials: readonly TimedTrial[], by: 'trial' | 'task' | 'cluster') {
  if (by === 'trial') return () => trials.length;
  const clusterOf = (trial: TimedTrial) => (by === 'task' ? trial.task : (trial.cluster ?? ''));
  return (time: number) => {
    const values = trials.map((trial): ClusteredValue => {
      return { value: trial.ended === 'solved' && trial.time <= time ? 1 : 0, cluster: clusterOf(trial) };
    });
    const clustered = clusteredMean(values);
    const effect = clustered.status === 'refused' ? undefined : clustered.value.designEffect;
    return trials.length / Math.max(1, effect ?? 1);
  };
}

export interface SimultaneousOptions {
  readonly by: 'task' | 'cluster';
  readonly seed: string | number;
  readonly level?: number;
  readonly resamples?: number;
}

const fewestUnits = { task: 40, cluster: 10 };

/**
 * One half-width for the whole curve: the level's quantile of the largest |F* - F| over t, tasks (or repositories) drawn
 * with all their trials. Wide at the early end, where a pointwise band is narrow.
 */
export function simultaneousBand(
  trials: readonly TimedTrial[],
  { by, seed, level = 0.95, resamples = 10_000 }: SimultaneousOptions,
): Estimate<SolvedBand> {
  const drawn = solvedCurve(trials);
  if (drawn.status === 'refused') return drawn;
  const ordered = inOrder(trials);
  const units = unitOfEach(ordered, by);
  if (units === undefined) return refused('tasks without a repository');
  if (units.count < fewestUnits[by]) return refused(`${units.count} ${by}s, needs ${fewestUnits[by]}`);
  const deviations = largestDeviations(ordered, units, { seed, resamples });
  const halfWidth = interpolate(deviations.sort(), level);
  const points = drawn.value.curve.map((step) => {
    return { ...step, ...clip({ low: step.share - halfWidth, high: step.share + halfWidth }, 0, 1) };
  });
  const method = `bootstrap of the largest deviation by ${by}, ${resamples} resamples, seed ${seed}`;
  return estimated({ kind: 'simultaneous', method, level, points });
}

interface Units {
  readonly count: number;
  /** The unit of each ordered trial. */
  readonly of: Int32Array;
}

function unitOfEach(ordered: readonly TimedTrial[], by: 'task' | 'cluster'): Units | undefined {
  const numbers = new Map<string, number>();
  const of = new Int32Array(ordered.length);
  for (const [place, trial] of ordered.entries()) {
    const name = by === 'task' ? trial.task : trial.cluster;
    if (name === undefined) return undefined;
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    of[place] = numbers.get(name) ?? 0;
  }
  return { count: numbers.size, of };
}

function largestDeviations(
  ordered: readonly TimedTrial[],
  units: Units,
  { seed, resamples }: { readonly seed: string | number; readonly resamples: number },
): Float64Array {
  const random = seededRandom('solved-band', seed);
  const observed = incidence(ordered, new Float64Array(ordered.length).fill(1));
  // Of equal times only the last place shows the curve.
  const shown = ordered.flatMap((trial, place) => (ordered[place + 1]?.time === trial.time ? [] : [place]));
  const drawn = new Float64Array(units.count);
  const weights = new Float64Array(ordered.length);
  return Float64Array.from({ length: resamples }, () => {
    drawn.fill(0);
    for (let draw = 0; draw < units.count; draw++) {
      const unit = Math.floor(random() * units.count);
      drawn[unit] = (drawn[unit] ?? 0) + 1;
    }
    for (let place = 0; place < weights.length; place++) weights[place] = drawn[units.of[place] ?? 0] ?? 0;
    return largestGap(observed, incidence(ordered, weights), shown);
  });
}

function largestGap(observed: Float64Array, resampled: Float64Array, shown: readonly number[]): number {
  let gap = 0;
  for (const place of shown) gap = Math.max(gap, Math.abs((resampled[place] ?? 0) - (observed[place] ?? 0)));
  return gap;
}
