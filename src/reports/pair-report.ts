import type { AccuracyComparison } from '../statistics/compare-accuracy.ts';
import { type ArmComparison, compareArms } from '../statistics/compare-arms.ts';
import type { Estimate } from '../statistics/estimate.ts';
import type { Interval } from '../statistics/interval.ts';
import type { TaskAttempts } from '../statistics/pair-tasks.ts';
import { figureOf, known, refusal, withWidth } from './figures.ts';
import { pairSentences } from './pair-sentences.ts';
import { pairSpeed } from './pair-speed.ts';
import type { PairReport } from './report-document.ts';

export interface PairSide {
  readonly key: string;
  readonly attempts: readonly TaskAttempts[];
  /** Why its times measure nothing. */
  readonly notMeasured: string | undefined;
}

/** A pair with the p value that is corrected where there are several pairs. */
export interface ComparedPair {
  readonly report: PairReport;
  readonly p: number | undefined;
  readonly pairing: ArmComparison['pairing'];
}

const mostResamples = 10_000;
const fewestResamples = 1_000;
const resampledTrials = 10_000_000;

/** As many as usual for small runs, fewer where each takes long: the interval's own error stays small beside its width. */
export function resamplesFor(trials: number): number {
  const affordable = Math.floor(resampledTrials / Math.max(1, trials));
  return Math.min(mostResamples, Math.max(fewestResamples, affordable));
}

/** Two arms on the tasks that both tried; differences are b - a. */
export function comparePair(a: PairSide, b: PairSide, seed: number): ComparedPair {
  const trials = [...a.attempts, ...b.attempts].reduce((sum, { attempts }) => sum + attempts.length, 0);
  // The statistics take the first arm as the one that the second is taken from.
  const compared = compareArms(b.attempts, a.attempts, { seed, resamples: resamplesFor(trials) });
  const { pairing, accuracy } = compared;
  const facts = {
    a: a.key,
    b: b.key,
    tasks: pairing.tasks.length,
    tasksLeftOut: pairing.onlyInA.length + pairing.onlyInB.length + pairing.withoutVerdict.length,
    ...pairSpeed(compared, { a: a.key, b: b.key }, a.notMeasured ?? b.notMeasured),
  };
  const report: PairReport = {
    ...facts,
    ...(accuracy.status === 'refused' ? noAccuracy(accuracy.reason) : accuracyOf(accuracy.value, pairing)),
    sentences: [],
  };
  const p = accuracy.status === 'refused' ? undefined : testOf(accuracy.value);
  return { report: { ...report, sentences: pairSentences(report) }, p, pairing };
}

type AccuracyPart = Omit<
  PairReport,
  'a' | 'b' | 'tasks' | 'tasksLeftOut' | 'sentences' | keyof ReturnType<typeof pairSpeed>
>;

function noAccuracy(reason: string): AccuracyPart {
  const none = refusal(reason, 0);
  return {
    both: 0,
    onlyA: 0,
    onlyB: 0,
    neither: 0,
    difference: none,
    intervalMethod: 'none',
    standardErrorPaired: none,
    mcnemarExact: none,
    mcnemarMidP: none,
    signFlipP: none,
    separated: false,
  };
}

function accuracyOf(accuracy: AccuracyComparison, pairing: ArmComparison['pairing']): AccuracyPart {
  const n = pairing.tasks.length;
  const { interval, method } = intervalOf(accuracy);
  const bootstrap = answerOf(accuracy.bootstrapByTask)?.interval;
  const [tango, newcombe] = [answerOf(accuracy.tango), answerOf(accuracy.newcombe)];
  const clusters = clustersOf(accuracy);
  return {
    ...countsOf(pairing),
    difference: known(accuracy.difference, n, interval),
    intervalMethod: method,
    standardErrorPaired: figureOf(accuracy.byTask, n, ({ standardError }) => ({ value: standardError })),
    ...(clusters === undefined ? {} : { clusters }),
    ...(tango === undefined ? {} : { tango }),
    ...(newcombe === undefined ? {} : { newcombe }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    mcnemarExact: figureOf(accuracy.mcNemar, n, ({ exactP }) => ({ value: exactP })),
    mcnemarMidP: figureOf(accuracy.mcNemar, n, ({ midP }) => ({ value: midP })),
    signFlipP: figureOf(accuracy.signFlipByTask, n, ({ p }) => ({ value: p })),
    separated: isSeparated(interval, testOf(accuracy)),
  };
}

/** With repeats a task counts for the arm that solved the larger share of its attempts. */
function countsOf({
  tasks,
}: ArmComparison['pairing']): Record<'both' | 'onlyA' | 'onlyB' | 'neither', number> {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  // In the statistics' pairing the report's b is the first arm.
  for (const { a: inB, b: inA } of tasks) {
    if (inA.score > inB.score) counts.onlyA += 1;
    else if (inB.score > inA.score) counts.onlyB += 1;
    else if (inA.score > 0) counts.both += 1;
    else counts.neither += 1;
  }
  return counts;
}

/** Tango's where tasks were tried once; with repeats the bootstrap over tasks, or Student's t where tasks are few. */
function intervalOf(accuracy: AccuracyComparison): { interval: Interval | undefined; method: string } {
  const tango = answerOf(accuracy.tango);
  if (tango !== undefined) return { interval: tango, method: 'Tango, by task' };
  const drawn = answerOf(accuracy.bootstrapByTask);
  const student = answerOf(accuracy.byTask);
  const interval = withWidth(drawn?.interval ?? student?.interval);
  if (interval === undefined) {
    const reason = student === undefined ? 'one task' : 'the difference is the same in every task';
    return { interval, method: `none: ${reason}` };
  }
  const method =
    drawn === undefined
      ? `Student's t over tasks, ${student?.degreesOfFreedom} degrees of freedom`
      : `bootstrap over tasks, ${drawn.resamples} resamples, seed ${drawn.seed}`;
  return { interval, method };
}

function clustersOf({ byCluster }: AccuracyComparison): PairReport['clusters'] {
  if (byCluster.status === 'refused') return undefined;
  const { clusters, standardError, mean, interval, p } = byCluster.value;
  return {
    name: 'repositories',
    count: clusters,
    standardError: known(standardError, clusters),
    interval: known(mean, clusters, interval),
    p: known(p, clusters),
  };
}

/** Mid-p where tasks were tried once, else the permutation of the tasks' differences; arms that agree everywhere are alike. */
function testOf({ counts, mcNemar, signFlipByTask }: AccuracyComparison): number {
  if (counts.status === 'estimated') return answerOf(mcNemar)?.midP ?? 1;
  return answerOf(signFlipByTask)?.p ?? 1;
}

/** Both the interval and the test: with few tasks they may not agree. */
function isSeparated(interval: Interval | undefined, p: number): boolean {
  return interval !== undefined && (interval.low > 0 || interval.high < 0) && p < 0.05;
}

function answerOf<T>(estimate: Estimate<T>): T | undefined {
  return estimate.status === 'estimated' ? estimate.value : undefined;
}
