import { bonettPriceInterval } from './bonett-price.ts';
import type { BootstrapInterval } from './bootstrap.ts';
import { type ClusteredMean, type ClusteredValue, clusteredMean } from './clustered-mean.ts';
import { type Estimate, estimated, mapEstimate, refused } from './estimate.ts';
import type { Interval } from './interval.ts';
import { type McNemar, mcNemar } from './mcnemar.ts';
import { mean, sum } from './mean.ts';
import { meanByUnit, unpairedStandardError } from './mean-by-unit.ts';
import { newcombeInterval } from './newcombe.ts';
import type { PairedSide, PairedTask } from './pair-tasks.ts';
import { bootstrapByCluster, bootstrapByTask } from './paired-bootstrap.ts';
import { correlation, countPairs, type PairedCounts } from './paired-counts.ts';
import { type PassMeasure, passAtK, passByTask, passHatK } from './pass-at-k.ts';
import { type SignFlip, signFlip } from './sign-flip.ts';
import type { MeanEstimate } from './t-test.ts';
import { tangoInterval } from './tango.ts';
import { wilsonInterval } from './wilson.ts';

export interface CompareOptions {
  readonly seed: string | number;
  readonly level?: number;
  readonly resamples?: number;
}

/** One arm on the paired tasks. */
interface ArmAccuracy {
  readonly tasks: number;
  readonly judged: number;
  readonly resolved: number;
  /** Mean over tasks of the task's mean over its judged attempts. */
  readonly mean: number;
  /** Only where every task was judged once. */
  readonly wilson: Estimate<Interval>;
  readonly byTask: Estimate<MeanEstimate>;
  readonly byCluster: Estimate<ClusteredMean>;
}

/** A - B on the tasks of both. "By task" speaks of tasks like these in these repositories, "by cluster" of new repositories. */
export interface AccuracyComparison {
  readonly a: ArmAccuracy;
  readonly b: ArmAccuracy;
  readonly difference: number;
  readonly unpairedStandardError: Estimate<number>;
  readonly byTask: Estimate<MeanEstimate>;
  readonly byCluster: Estimate<ClusteredMean>;
  readonly bootstrapByTask: Estimate<BootstrapInterval>;
  readonly bootstrapByCluster: Estimate<BootstrapInterval>;
  readonly signFlipByTask: Estimate<SignFlip>;
  readonly signFlipByCluster: Estimate<SignFlip>;
  /** The rest only where every task was judged once in each arm. */
  readonly counts: Estimate<PairedCounts>;
  readonly correlation: Estimate<number>;
  readonly mcNemar: Estimate<McNemar>;
  readonly tango: Estimate<Interval>;
  readonly newcombe: Estimate<Interval>;
  readonly bonettPrice: Estimate<Interval>;
  /** For k from 1 to the fewest judged attempts of any task. */
  readonly passes: readonly PassComparison[];
}

interface PassComparison {
  readonly k: number;
  readonly passAtK: PassFigure;
  readonly passHatK: PassFigure;
}

interface PassFigure {
  readonly a: Estimate<number>;
  readonly b: Estimate<number>;
  /** Bootstrap over tasks of the tasks' own differences. */
  readonly difference: Estimate<BootstrapInterval>;
}

export function compareAccuracy(
  tasks: readonly PairedTask[],
  options: CompareOptions,
): Estimate<AccuracyComparison> {
  if (tasks.length === 0) return refused('no task came to a verdict in both arms');
  const sidesA = tasks.map(({ a }) => a);
  const sidesB = tasks.map(({ b }) => b);
  const differences = tasks.map(({ a, b }) => a.score - b.score);
  return estimated({
    a: armAccuracy(tasks, sidesA, options.level),
    b: armAccuracy(tasks, sidesB, options.level),
    difference: mean(differences),
    unpairedStandardError: unpairedStandardError(sidesA.map(scoreOf), sidesB.map(scoreOf)),
    ...ofDifferences(differences, withClusters(tasks, differences), options),
    ...ofCounts(countsOf(tasks), options.level),
    passes: comparePasses(sidesA, sidesB, options),
  });
}

function scoreOf({ score }: PairedSide): number {
  return score;
}

function armAccuracy(
  tasks: readonly PairedTask[],
  sides: readonly PairedSide[],
  level: number | undefined,
): ArmAccuracy {
  const scores = sides.map(scoreOf);
  const judged = sum(sides.map((side) => side.judged));
  const resolved = sum(sides.map((side) => side.resolved));
  const single = sides.every((side) => side.judged === 1);
  const wilson = single ? wilsonInterval(resolved, judged, level) : undefined;
  return {
    tasks: sides.length,
    judged,
    resolved,
    mean: mean(scores),
    wilson: wilson === undefined ? refused('repeated attempts are no independent trials') : estimated(wilson),
    byTask: meanByUnit(scores, level),
    byCluster: byClusters(withClusters(tasks, scores), (values) => clusteredMean(values, levelOf(level))),
  };
}

function levelOf(level: number | undefined): { level?: number } {
  return level === undefined ? {} : { level };
}

function ofDifferences(
  differences: readonly number[],
  clustered: Estimate<readonly ClusteredValue[]>,
  { level, ...resampling }: CompareOptions,
) {
  const options = { ...resampling, ...levelOf(level) };
  return {
    byTask: meanByUnit(differences, level),
    byCluster: byClusters(clustered, (values) => clusteredMean(values, levelOf(level))),
    bootstrapByTask: bootstrapByTask(differences, options),
    bootstrapByCluster: byClusters(clustered, (values) => bootstrapByCluster(values, options)),
    signFlipByTask: signFlip(differences, resampling),
    signFlipByCluster: byClusters(clustered, (values) => signFlip(clusterSums(values), resampling)),
  };
}

function withClusters(
  tasks: readonly PairedTask[],
  values: readonly number[],
): Estimate<readonly ClusteredValue[]> {
  const clustered = tasks.flatMap(({ cluster }, index) =>
    cluster === undefined ? [] : [{ cluster, value: values[index] ?? Number.NaN }],
  );
  return clustered.length === tasks.length ? estimated(clustered) : refused('tasks without a repository');
}

function byClusters<T>(
  clustered: Estimate<readonly ClusteredValue[]>,
  figure: (values: readonly ClusteredValue[]) => Estimate<T>,
): Estimate<T> {
  return clustered.status === 'refused' ? clustered : figure(clustered.value);
}

function clusterSums(values: readonly ClusteredValue[]): number[] {
  return [...Map.groupBy(values, ({ cluster }) => cluster).values()].map((members) =>
    sum(members.map(({ value }) => value)),
  );
}

function countsOf(tasks: readonly PairedTask[]): Estimate<PairedCounts> {
  if (tasks.some(({ a, b }) => a.judged !== 1 || b.judged !== 1)) {
    return refused('repeated attempts: compare the tasks’ means');
  }
  return estimated(countPairs(tasks.map(({ a, b }) => [a.resolved === 1, b.resolved === 1])));
}

function ofCounts(counts: Estimate<PairedCounts>, level: number | undefined) {
  return {
    counts,
    correlation: counts.status === 'refused' ? counts : correlation(counts.value),
    mcNemar: counts.status === 'refused' ? counts : mcNemar(counts.value),
    tango: mapEstimate(counts, (value) => tangoInterval(value, level)),
    newcombe: counts.status === 'refused' ? counts : knownInterval(newcombeInterval(counts.value, level)),
    bonettPrice: mapEstimate(counts, (value) => bonettPriceInterval(value, level)),
  };
}

function knownInterval(interval: Interval | undefined): Estimate<Interval> {
  return interval === undefined ? refused('no task') : estimated(interval);
}

function comparePasses(
  a: readonly PairedSide[],
  b: readonly PairedSide[],
  options: CompareOptions,
): PassComparison[] {
  const fewest = Math.min(...[...a, ...b].map(({ judged }) => judged));
  return Array.from({ length: fewest }, (_, index) => {
    const k = index + 1;
    return {
      k,
      passAtK: passFigure(a, b, k, passAtK, options),
      passHatK: passFigure(a, b, k, passHatK, options),
    };
  });
}

function passFigure(
  a: readonly PairedSide[],
  b: readonly PairedSide[],
  k: number,
  measure: PassMeasure,
  options: CompareOptions,
): PassFigure {
  const inA = passByTask(passesOf(a), k, measure);
  const inB = passByTask(passesOf(b), k, measure);
  return {
    a: mapEstimate(inA, mean),
    b: mapEstimate(inB, mean),
    difference: bootstrapDifference(inA, inB, options),
  };
}

function passesOf(sides: readonly PairedSide[]) {
  return sides.map(({ judged, resolved }) => ({ attempts: judged, resolved }));
}

function bootstrapDifference(
  a: Estimate<readonly number[]>,
  b: Estimate<readonly number[]>,
  options: CompareOptions,
): Estimate<BootstrapInterval> {
  if (a.status === 'refused') return a;
  if (b.status === 'refused') return b;
  const differences = a.value.map((value, index) => value - (b.value[index] ?? Number.NaN));
  return bootstrapByTask(differences, options);
}
