import { useMemo } from 'preact/hooks';
import type { ReportDocument } from '../../../report-document.ts';
import { Scroll } from '../scroll.tsx';
import { Filters } from './filters.tsx';
import { Pager } from './pager.tsx';
import { TaskLine, TrialLine, taskColumns, trialColumns } from './rows.tsx';
import { SortHeader } from './sort-header.tsx';
import { pageSize, type TableState, type TrialRow, taskRows } from './table-state.ts';

export interface TableProperties {
  readonly rows: readonly TrialRow[];
  /** Filtered and sorted. */
  readonly shown: readonly TrialRow[];
  readonly table: TableState;
  readonly setTable: (table: TableState) => void;
  readonly isPrinting: boolean;
}

/** On paper there is no next page to turn to by a button, but there is an end to what one reads. */
const mostPrinted = 1000;

/** Who solved what: a row for each task, or for each trial. */
export function TaskTable(properties: TableProperties & { readonly report: ReportDocument }) {
  const { report, shown, table, setTable, isPrinting } = properties;
  const arms = report.arms.map(({ key }) => key);
  const tasks = useMemo(() => taskRows(shown, table.sort), [shown, table.sort]);
  const columns = table.view === 'trials' ? trialColumns : taskColumns(tasks, arms);
  const all = table.view === 'trials' ? shown : tasks;
  const isWhole = isPrinting && all.length <= mostPrinted;
  const from = isWhole ? 0 : table.page * pageSize;
  const to = isWhole ? all.length : from + pageSize;
  const change = (part: Partial<TableState>): void => setTable({ ...table, ...part });
  return (
    <section aria-labelledby="tasks">
      <h2 id="tasks" tabIndex={-1}>
        Tasks
      </h2>
      <Filters table={table} change={change} arms={arms} />
      <Pager page={table.page} count={all.length} noun={table.view} setPage={(page) => change({ page })} />
      <Scroll label="Table of the tasks">
        <table class="tasks">
          <thead>
            <tr>
              {columns.map((column) => (
                <SortHeader
                  key={column.id}
                  column={column}
                  sort={table.sort}
                  setSort={(sort) => change({ sort, page: 0 })}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {table.view === 'trials'
              ? shown.slice(from, to).map((row) => <TrialLine key={row.trial.id} row={row} />)
              : tasks
                  .slice(from, to)
                  .map((row) => (
                    <TaskLine key={row.task.dataset + row.task.taskId} row={row} columns={columns} />
                  ))}
          </tbody>
        </table>
      </Scroll>
      {all.length === 0 && <p>Nothing is as these filters ask.</p>}
    </section>
  );
}
