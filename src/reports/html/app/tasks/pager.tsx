import { pageSize } from './table-state.ts';

interface Properties {
  readonly page: number;
  readonly count: number;
  readonly noun: string;
  readonly setPage: (page: number) => void;
}

/** Pages of rows: ten thousand at once would be slow to draw and no help to anyone. */
export function Pager({ page, count, noun, setPage }: Properties) {
  const last = Math.max(0, Math.ceil(count / pageSize) - 1);
  const from = count === 0 ? 0 : page * pageSize + 1;
  const to = Math.min(count, (page + 1) * pageSize);
  const shown = last === 0 ? `${count} ${noun}` : `${from}–${to} of ${count} ${noun}`;
  return (
    <div class="pager">
      <p role="status">{shown}</p>
      {last > 0 && (
        <>
          <button type="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous rows
          </button>
          <button type="button" disabled={page >= last} onClick={() => setPage(page + 1)}>
            Next rows
          </button>
        </>
      )}
    </div>
  );
}
