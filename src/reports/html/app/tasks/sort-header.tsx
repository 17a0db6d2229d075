import type { TableState } from './table-state.ts';

export interface Column {
  readonly id: string;
  readonly name: string;
  readonly isNumber?: boolean;
  /** Left out where there is no room. */
  readonly isMinor?: boolean;
}

interface Properties {
  readonly column: Column;
  readonly sort: TableState['sort'];
  readonly setSort: (sort: TableState['sort']) => void;
}

/** A heading that sorts: by a button, so that the keyboard reaches it, and said by aria-sort. */
export function SortHeader({ column: { id, name, isNumber, isMinor }, sort, setSort }: Properties) {
  const isSorted = sort.column === id;
  const direction = sort.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : isMinor ? 'minor' : ''}
      aria-sort={isSorted ? direction : undefined}
    >
      <button
        type="button"
        // Most first, where a second look is at the slowest, the dearest, the best.
        onClick={() => setSort({ column: id, descending: isSorted ? !sort.descending : isNumber === true })}
      >
        {name}
        <span aria-hidden="true" class="arrow">
          {isSorted ? (sort.descending ? '▼' : '▲') : ''}
        </span>
      </button>
    </th>
  );
}
