import type { TableState } from './table-state.ts';

interface Properties {
  readonly table: TableState;
  readonly change: (change: Partial<TableState>) => void;
  readonly arms: readonly string[];
}

const outcomes = ['resolved', 'unresolved', 'errored', 'cancelled'];

/** What is shown of the tasks. A change goes back to the first page. */
export function Filters({ table, change, arms }: Properties) {
  const filter = (part: Partial<TableState>): void => change({ ...part, page: 0 });
  return (
    <search class="filters">
      <fieldset>
        <legend>a row for each</legend>
        {(['tasks', 'trials'] as const).map((view) => (
          <label key={view}>
            <input
              type="radio"
              name="view"
              checked={table.view === view}
              onChange={() => filter({ view, sort: { column: 'task', descending: false } })}
            />
            {view === 'tasks' ? 'task' : 'trial'}
          </label>
        ))}
      </fieldset>
      <span>
        <label for="filter-text">text</label>{' '}
        <input
          id="filter-text"
          type="search"
          value={table.text}
          placeholder="task, group, message"
          onInput={({ currentTarget }) => filter({ text: currentTarget.value })}
        />
      </span>
      <Choice
        name="outcome"
        values={outcomes}
        value={table.outcome}
        choose={(outcome) => filter({ outcome })}
      />
      <Choice name="arm" values={arms} value={table.arm} choose={(arm) => filter({ arm })} />
      {arms.length > 1 && (
        <label>
          <input
            type="checkbox"
            checked={table.onlyDiffering}
            onChange={({ currentTarget }) => filter({ onlyDiffering: currentTarget.checked })}
          />
          only where arms differ
        </label>
      )}
    </search>
  );
}

interface ChoiceProperties {
  readonly name: string;
  readonly values: readonly string[];
  /** Empty: any. */
  readonly value: string;
  readonly choose: (value: string) => void;
}

function Choice({ name, values, value, choose }: ChoiceProperties) {
  return (
    <span>
      <label for={`filter-${name}`}>{name}</label>{' '}
      <select
        id={`filter-${name}`}
        value={value}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        <option value="">any</option>
        {values.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </span>
  );
}
