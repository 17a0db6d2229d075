import type { Run } from '../domain/run.ts';
import { clip } from '../statistics/interval.ts';
import { mean } from '../statistics/mean.ts';
import { type ShareInterval, shareInterval } from '../statistics/share-by-task.ts';
import { meansByTask } from './arm-trials.ts';
import { known, refusal } from './figures.ts';
import type { KeptTry } from './load-run.ts';
import { isJudged, isResolved } from './report-arms.ts';
import type { ArmReport, Figure } from './report-document.ts';

type Counts = Pick<
  ArmReport,
  'planned' | 'judged' | 'resolved' | 'errored' | 'cancelled' | 'missing' | 'bracket'
>;

/** How an arm's trials ended, and its score if those without a verdict had failed or succeeded. */
export function armCounts(run: Pick<Run, 'tasks' | 'attempts'>, trials: readonly KeptTry[]): Counts {
  const judged = trials.filter(isJudged).length;
  const resolved = trials.filter(isResolved).length;
  // An import may hold more trials than its document plans.
  const planned = Math.max(run.tasks.length * run.attempts, trials.length);
  const count = (status: string): number => trials.filter(({ outcome }) => outcome.status === status).length;
  return {
    planned,
    judged,
    resolved,
    errored: count('errored'),
    cancelled: count('cancelled'),
    missing: planned - trials.length,
    bracket: {
      low: planned === 0 ? 0 : resolved / planned,
      high: planned === 0 ? 1 : (resolved + planned - judged) / planned,
    },
  };
}

export interface ArmAccuracy {
  readonly figure: Figure;
  /** Undefined where there is no interval. */
  readonly method: ShareInterval['method'] | undefined;
}

/** Resolved / judged with its interval, for every output that tells it. */
export function armAccuracy(trials: readonly KeptTry[]): ArmAccuracy {
  const judged = trials.filter(isJudged);
  if (judged.length === 0) return { figure: refusal('no trial was judged', 0), method: undefined };
  const value = judged.filter(isResolved).length / judged.length;
  const { means } = meansByTask(judged, (trial) => (isResolved(trial) ? 1 : 0));
  const share = shareInterval(means);
  if (share === undefined) return { figure: known(value, judged.length), method: undefined };
  // Where tasks have unlike numbers of judged attempts, resolved / judged is not quite the mean of their means.
  const shift = value - mean(means);
  const { low, high } = share.interval;
  const interval = clip({ low: low + shift, high: high + shift }, 0, 1);
  return { figure: known(value, judged.length, interval), method: share.method };
}
