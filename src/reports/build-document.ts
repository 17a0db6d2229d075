import { EvalrunError } from '../domain/errors.ts';
import { tieGroups } from '../statistics/tie-groups.ts';
import { armReport } from './arm-report.ts';
import { attemptsOf } from './arm-trials.ts';
import { checkComparable } from './check-comparable.ts';
import { leftOutOf } from './left-out.ts';
import type { LoadedRun } from './load-run.ts';
import { type ComparedPair, comparePair, resamplesFor } from './pair-report.ts';
import type { ReportArm } from './report-arms.ts';
import {
  type ArmReport,
  type PairReport,
  type ReportDocument,
  reportSchemaVersion,
} from './report-document.ts';
import { runFactsOf } from './run-facts.ts';
import { listed } from './sentence-parts.ts';
import { taskRows } from './task-rows.ts';
import { datasetNames } from './titles.ts';
import { byAccuracy, verdictOf } from './verdict.ts';

export interface BuildOptions {
  readonly runs: readonly LoadedRun[];
  readonly arms: readonly ReportArm[];
  readonly kind: ReportDocument['kind'];
  readonly seed: number;
  readonly evalrunVersion: string;
  readonly generatedAt: Date;
}

/** From records to everything that a report says. Throws EvalrunError('usage') for what may not be compared. */
export function buildDocument(options: BuildOptions): ReportDocument {
  const { runs, arms, seed } = options;
  const { isComparable, warnings } = comparability(options);
  const reports = arms.map((arm) => armReport(arm, { seed, resamples: resamplesFor(arm.trials.length) }));
  const compared = isComparable ? comparePairs(arms, seed) : [];
  const { pairs, groups } = separate(reports, compared);
  return {
    schemaVersion: reportSchemaVersion,
    kind: options.kind,
    title: titleOf(options),
    labels: labelsOf(runs),
    generatedAt: options.generatedAt.toISOString(),
    evalrunVersion: options.evalrunVersion,
    seed,
    verdict: verdictOf({ arms: reports, pairs, tieGroups: groups }),
    runs: runs.map(({ run }) => runFactsOf(run)),
    arms: reports,
    pairs,
    tieGroups: groups,
    leftOut: leftOutOf(runs, arms, compared),
    tasks: taskRows(arms),
    warnings: [...warnings, ...warningsOf(runs, arms)],
  };
}

/** A comparison is refused; the report of one run goes without pairs and says why. */
function comparability({ arms, kind }: BuildOptions): { isComparable: boolean; warnings: string[] } {
  try {
    return { isComparable: true, warnings: checkComparable(arms) };
  } catch (error) {
    if (kind === 'comparison' || !(error instanceof EvalrunError)) throw error;
    return { isComparable: false, warnings: [`The arms of this run are not compared: ${error.message}`] };
  }
}

function comparePairs(arms: readonly ReportArm[], seed: number): ComparedPair[] {
  const sides = arms.map((arm) => ({
    key: arm.key,
    attempts: attemptsOf(arm),
    notMeasured: arm.notMeasured,
  }));
  return sides.flatMap((a, index) => sides.slice(index + 1).map((b) => comparePair(a, b, seed)));
}

/** With more than two arms p values are corrected for the number of pairs, and arms not told apart form groups. */
function separate(
  arms: readonly ArmReport[],
  compared: readonly ComparedPair[],
): { readonly pairs: PairReport[]; readonly groups: string[][] } {
  const reports = compared.map(({ report }) => report);
  if (reports.length < 2) return { pairs: reports, groups: [] };
  const ranked = byAccuracy(arms).map(({ key }) => key);
  // A pair that cannot be compared tells its arms not apart.
  const tested = compared.map(({ report: { a, b }, p = 1 }) => ({ a, b, p }));
  const { pairs, groups } = tieGroups(ranked, tested);
  const corrected = reports.map((report, index) => {
    const { holmP, separated } = pairs[index] ?? { holmP: 1, separated: false };
    return { ...report, correctedP: holmP, separated };
  });
  return { pairs: corrected, groups: groups.map((group) => [...group]) };
}

function titleOf({ kind, runs, arms }: BuildOptions): string {
  const suites = [...new Set(runs.map(({ run }) => `${run.suite.name} (${datasetNames(run).join(' + ')})`))];
  return kind === 'run'
    ? suites.join(' + ')
    : `${listed(arms.map(({ key }) => key))} on ${suites.join(' + ')}`;
}

/** The words that stand in every title. */
function labelsOf(runs: readonly LoadedRun[]): string[] {
  const labels = runs.flatMap(({ run }) => [
    ...(run.simulated ? ['SIMULATED'] : []),
    ...('imported' in run ? ['IMPORTED'] : []),
    ...(run.replay === undefined ? [] : [`REPLAYED AT ×${run.replay.timeScale}`]),
  ]);
  return [...new Set(labels)];
}

const shownUnreadable = 20;

function warningsOf(runs: readonly LoadedRun[], arms: readonly ReportArm[]): string[] {
  const unreadable = runs.flatMap(({ run, unreadable: lines }) =>
    lines.map((line) => `run ${run.runId}: ${line}`),
  );
  const more = unreadable.length - shownUnreadable;
  const notMeasured = arms.flatMap(({ key, notMeasured: reason }) =>
    reason === undefined ? [] : [`Times of ${key}: ${reason}.`],
  );
  return [
    ...notMeasured,
    ...unreadable.slice(0, shownUnreadable).map((line) => `not readable: ${line}`),
    ...(more > 0 ? [`${more} more lines could not be read`] : []),
  ];
}
