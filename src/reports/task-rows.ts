import { secondsOf } from './arm-report.ts';
import type { KeptTry } from './load-run.ts';
import { isJudged, isResolved, type ReportArm } from './report-arms.ts';
import type { ReportDocument, TrialReference } from './report-document.ts';

type TaskRow = ReportDocument['tasks'][number];

/** The key of a trial's page, unique over all runs of a report. */
export function pageId({ runId, trialId }: KeptTry): string {
  return `${runId}/${trialId}`;
}

/** A row for each task of any arm, in the order of the runs' own lists. */
export function taskRows(arms: readonly ReportArm[]): TaskRow[] {
  const rows = new Map<string, TaskRow>();
  for (const { loaded } of arms) {
    for (const { id, dataset } of loaded.run.tasks) {
      if (!rows.has(id)) rows.set(id, { taskId: id, dataset, trials: {} });
    }
  }
  for (const arm of arms) {
    for (const [taskId, trials] of Map.groupBy(arm.trials, (trial) => trial.taskId)) {
      const first = trials[0];
      if (first === undefined) continue;
      const row = rows.get(taskId) ?? { taskId, dataset: first.dataset, trials: {} };
      const ordered = trials.toSorted((x, y) => x.attempt - y.attempt);
      rows.set(taskId, {
        ...row,
        ...factsOf(first),
        trials: { ...row.trials, [arm.key]: ordered.map((trial) => trialReference(trial, arm)) },
      });
    }
  }
  return [...rows.values()];
}

function factsOf({ group, difficulty, category }: KeptTry): Partial<TaskRow> {
  return {
    ...(group === undefined ? {} : { group }),
    ...(difficulty === undefined ? {} : { difficulty }),
    ...(category === undefined ? {} : { category }),
  };
}

function trialReference(trial: KeptTry, { notMeasured }: ReportArm): TrialReference {
  const { outcome, style, usage } = trial;
  const seconds = notMeasured === undefined ? secondsOf(trial) : undefined;
  const ttftUs = notMeasured === undefined ? trial.ttft.medianUs : undefined;
  return {
    id: pageId(trial),
    trialId: trial.trialId,
    attempt: trial.attempt,
    status: isJudged(trial) ? (isResolved(trial) ? 'resolved' : 'unresolved') : statusOf(trial),
    ...(outcome.status === 'judged' ? { ending: outcome.ending } : {}),
    ...(outcome.status === 'errored' ? { message: outcome.message } : {}),
    ...(seconds === undefined ? {} : { seconds }),
    ...(ttftUs === undefined ? {} : { ttftMs: ttftUs / 1000 }),
    ...(trial.costUsd === undefined ? {} : { costUsd: trial.costUsd }),
    ...(usage === undefined ? {} : { outputTokens: usage.output }),
    ...(style === undefined
      ? {}
      : { linesChanged: style.linesAdded + style.linesRemoved, filesChanged: style.filesChanged }),
    ...(trial.toolCalls === undefined ? {} : { toolCalls: trial.toolCalls }),
  };
}

function statusOf({ outcome }: KeptTry): 'errored' | 'cancelled' {
  return outcome.status === 'cancelled' ? 'cancelled' : 'errored';
}
