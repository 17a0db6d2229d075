import type { ReportDocument, TrialReference } from '../../../report-document.ts';

type Task = ReportDocument['tasks'][number];

/** A trial with what it is filtered and sorted by. */
export interface TrialRow {
  readonly task: Task;
  readonly arm: string;
  readonly trial: TrialReference;
  /** Lower case: what the text filter looks in. */
  readonly text: string;
  readonly differs: boolean;
}

export interface TableState {
  readonly view: 'tasks' | 'trials';
  readonly text: string;
  /** Empty: any. */
  readonly outcome: string;
  readonly arm: string;
  readonly onlyDiffering: boolean;
  readonly sort: { readonly column: string; readonly descending: boolean };
  /** From 0. */
  readonly page: number;
}

export const firstState: TableState = {
  view: 'tasks',
  text: '',
  outcome: '',
  arm: '',
  onlyDiffering: false,
  sort: { column: 'task', descending: false },
  page: 0,
};

export const pageSize = 100;

export function trialRows({ tasks, arms }: ReportDocument): TrialRow[] {
  return tasks.flatMap((task) => {
    const differs = armsDiffer(task);
    const about = [task.taskId, task.dataset, task.group, task.difficulty, task.category]
      .join(' ')
      .toLowerCase();
    return arms.flatMap(({ key }) =>
      (task.trials[key] ?? []).map((trial) => ({
        task,
        arm: key,
        trial,
        text: `${about} ${trial.ending ?? ''} ${trial.message ?? ''}`.toLowerCase(),
        differs,
      })),
    );
  });
}

/** Whether the arms solved different shares of their judged attempts. */
function armsDiffer(task: Task): boolean {
  const shares = Object.values(task.trials)
    .map(solvedShare)
    .filter((share) => share !== undefined);
  return new Set(shares).size > 1;
}

/** Of the judged attempts; undefined where none was judged. */
function solvedShare(trials: readonly TrialReference[]): number | undefined {
  const judged = trials.filter(({ status }) => status === 'resolved' || status === 'unresolved');
  if (judged.length === 0) return undefined;
  return judged.filter(({ status }) => status === 'resolved').length / judged.length;
}

type Sortable = string | number | undefined;

const trialKeys: Readonly<Record<string, (row: TrialRow) => Sortable>> = {
  task: ({ task }) => task.taskId,
  arm: ({ arm }) => arm,
  attempt: ({ trial }) => trial.attempt,
  outcome: ({ trial }) => trial.status,
  seconds: ({ trial }) => trial.seconds,
  ttft: ({ trial }) => trial.ttftMs,
  cost: ({ trial }) => trial.costUsd,
  tokens: ({ trial }) => trial.outputTokens,
  lines: ({ trial }) => trial.linesChanged,
  files: ({ trial }) => trial.filesChanged,
  tools: ({ trial }) => trial.toolCalls,
};

/** Filtered and sorted; the order in which trials follow each other. */
export function visibleRows(rows: readonly TrialRow[], state: TableState): TrialRow[] {
  const wanted = state.text.trim().toLowerCase();
  const found = rows.filter(
    ({ arm, trial, text, differs }) =>
      (state.outcome === '' || trial.status === state.outcome) &&
      (state.arm === '' || arm === state.arm) &&
      (!state.onlyDiffering || differs) &&
      (wanted === '' || text.includes(wanted)),
  );
  const key = trialKeys[state.sort.column] ?? trialKeys['task'];
  return key === undefined ? found : sorted(found, key, state.sort.descending);
}

export interface TaskRow {
  readonly task: Task;
  /** The trials that the filters leave, by arm. */
  readonly trials: ReadonlyMap<string, readonly TrialReference[]>;
}

/** One row a task, in the order that the table is sorted by. */
export function taskRows(rows: readonly TrialRow[], { column, descending }: TableState['sort']): TaskRow[] {
  const byTask = Map.groupBy(rows, ({ task }) => task);
  const grouped = [...byTask].map(([task, found]) => ({
    task,
    trials: new Map(
      [...Map.groupBy(found, ({ arm }) => arm)].map(([arm, of]) => [arm, of.map(({ trial }) => trial)]),
    ),
  }));
  return sorted(grouped, taskKey(column), descending);
}

/** `arm:KEY` sorts by what the arm solved, then by its fastest attempt. */
function taskKey(column: string): (row: TaskRow) => Sortable {
  if (column === 'difficulty') return ({ task }) => task.difficulty;
  if (column === 'group') return ({ task }) => task.group;
  if (!column.startsWith('arm:')) return ({ task }) => task.taskId;
  const arm = column.slice('arm:'.length);
  return ({ trials }) => {
    const of = trials.get(arm);
    const share = of === undefined ? undefined : solvedShare(of);
    if (of === undefined || share === undefined) return undefined;
    const fastest = Math.min(...of.map(({ seconds = Number.POSITIVE_INFINITY }) => seconds));
    return share - Math.min(fastest, 1e9) / 1e12;
  };
}

/** What is not known stands last, whichever way it is sorted; equal rows keep their order. */
function sorted<T>(rows: readonly T[], key: (row: T) => Sortable, descending: boolean): T[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: key(row) }))
    .sort(({ value: a }, { value: b }) => {
      if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
      return (
        sign *
        (typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b)))
      );
    })
    .map(({ row }) => row);
}

const collator = new Intl.Collator('en', { numeric: true });
