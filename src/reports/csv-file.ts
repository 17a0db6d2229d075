import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export type Cell = string | number | boolean | undefined;

export interface Column<Row> {
  /** Units stand in the name. Documented in docs/reports.md. */
  readonly name: string;
  readonly value: (row: Row) => Cell;
}

const bufferedCharacters = 256 * 1024;

/** A CSV file that is written while its rows are made, so that none but the last few are held. */
export class CsvFile implements AsyncDisposable {
  readonly path: string;
  readonly #stream: WriteStream;
  #rows: string[] = [];
  #buffered = 0;

  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(path);
    // Told by the write or the close that meets it.
    this.#stream.on('error', () => undefined);
  }

  /** Undefined, and nothing to wait for, while the file keeps up. */
  write(cells: readonly Cell[]): Promise<void> | undefined {
    const line = csvLine(cells);
    this.#rows.push(line);
    this.#buffered += line.length;
    return this.#buffered < bufferedCharacters ? undefined : this.#flush();
  }

  #flush(): Promise<void> {
    const text = this.#rows.join('');
    this.#rows = [];
    this.#buffered = 0;
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => (error == null ? resolve() : reject(error)));
    });
  }

  async close(): Promise<void> {
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy();
  }
}

/**
 * RFC 4180 with `\n`. By hand, since a comparison writes a row for each request: csv-stringify took longer over
 * them than reading and checking all records did. What is written is read back with csv-parse in the tests.
 */
export function csvLine(cells: readonly Cell[]): string {
  let line = '';
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index];
    if (index > 0) line += ',';
    if (typeof cell === 'string') line += quoted(safe(cell));
    else if (cell !== undefined) line += String(cell);
  }
  return `${line}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet would run a text that starts like a formula; a quote before it keeps it text. */
function safe(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
