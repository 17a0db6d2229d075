import type { LoadedRun } from './load-run.ts';
import type { ComparedPair } from './pair-report.ts';
import type { ReportArm } from './report-arms.ts';
import type { ReportDocument } from './report-document.ts';

type LeftOut = ReportDocument['leftOut'][number];

const examplesShown = 5;

/** Everything that no figure counts, with the reason: counted, and some of it named. */
export function leftOutOf(
  runs: readonly LoadedRun[],
  arms: readonly ReportArm[],
  pairs: readonly ComparedPair[],
): LeftOut[] {
  return [
    ...runs.flatMap(ofRun),
    ...arms.flatMap(ofArm),
    ...pairs.flatMap(ofPair),
    ...runs.flatMap(earlierTries),
  ];
}

function leftOut(reason: string, names: readonly string[]): LeftOut[] {
  if (names.length === 0) return [];
  return [{ reason, count: names.length, examples: names.slice(0, examplesShown) }];
}

function ofRun({ run }: LoadedRun): LeftOut[] {
  const byReason = Map.groupBy(run.leftOut, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, tasks]) =>
    leftOut(
      `run ${run.runId}, task cannot run there: ${reason}`,
      tasks.map(({ id }) => id),
    ),
  );
}

/** Trials without a verdict: in the bracket of the score, not in the score. */
function ofArm({ key, trials, loaded }: ReportArm): LeftOut[] {
  const byReason = Map.groupBy(trials, ({ outcome }) => {
    if (outcome.status === 'errored') return `${key}: errored in ${outcome.phase} (${outcome.code})`;
    return outcome.status === 'cancelled' ? `${key}: cancelled (${outcome.reason})` : undefined;
  });
  const known = [...byReason].flatMap(([reason, some]) =>
    reason === undefined
      ? []
      : leftOut(
          reason,
          some.map(({ trialId }) => trialId),
        ),
  );
  return [...known, ...missing(key, trials, loaded)];
}

function missing(key: string, trials: ReportArm['trials'], { run }: LoadedRun): LeftOut[] {
  const count = run.tasks.length * run.attempts - trials.length;
  if (count <= 0) return [];
  const tried = Map.groupBy(trials, ({ taskId }) => taskId);
  const examples = run.tasks.filter(({ id }) => (tried.get(id)?.length ?? 0) < run.attempts);
  return [
    {
      reason: `${key}: planned and not tried`,
      count,
      examples: examples.slice(0, examplesShown).map(({ id }) => id),
    },
  ];
}

function ofPair({ report: { a, b }, pairing }: ComparedPair): LeftOut[] {
  // In the statistics' pairing the report's b is the first arm.
  return [
    ...leftOut(`pair ${a}, ${b}: tried by ${b} alone`, pairing.onlyInA),
    ...leftOut(`pair ${a}, ${b}: tried by ${a} alone`, pairing.onlyInB),
    ...leftOut(`pair ${a}, ${b}: no verdict in one of them`, pairing.withoutVerdict),
  ];
}

function earlierTries({ run, earlierTries: count }: LoadedRun): LeftOut[] {
  if (count === 0) return [];
  return [{ reason: `run ${run.runId}: earlier tries of trials that were tried again`, count, examples: [] }];
}
