/** x of A x = b by Gaussian elimination with pivoting; undefined where A is singular. For a handful of rows. */
export function solveLinear(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): number[] | undefined {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    rows.splice(column, size - column, ...largestFirst(rows.slice(column), column));
    const pivot = rows[column] ?? [];
    if (Math.abs(pivot[column] ?? 0) < 1e-12) return undefined;
    for (const row of rows.filter((_, index) => index !== column)) subtract(row, pivot, column);
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}

function largestFirst(rows: readonly number[][], column: number): number[][] {
  return rows.toSorted((x, y) => Math.abs(y[column] ?? 0) - Math.abs(x[column] ?? 0));
}

/** Makes the row's column zero. */
function subtract(row: number[], pivot: readonly number[], column: number): void {
  const factor = (row[column] ?? 0) / (pivot[column] ?? 1);
  for (const [place, value] of pivot.entries()) row[place] = (row[place] ?? 0) - factor * value;
}
