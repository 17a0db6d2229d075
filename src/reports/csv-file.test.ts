import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CsvFile, csvLine } from './csv-file.ts';

test('what is written is what another program reads', () => {
  const plain = fc.string({ unit: 'grapheme' }).filter((text) => !/^[=+\-@\t\r]/.test(text));
  fc.assert(
    fc.property(fc.array(plain, { minLength: 2, maxLength: 6 }), (cells) => {
      expect(parse(csvLine(cells), { record_delimiter: '\n' })).toEqual([cells]);
    }),
  );
});

test('numbers, truth and nothing', () => {
  expect(csvLine([1.5, -2, true, undefined, ''])).toBe('1.5,-2,true,,\n');
});

test.each(['=HYPERLINK("http://x")', '+1+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
  'a text that a spreadsheet would run stays text: %j',
  (formula) => {
    const [[cell] = []] = parse(csvLine([formula, 'x']), { record_delimiter: '\n' }) as string[][];
    expect(cell).toBe(`'${formula}`);
  },
);

test('rows arrive in order, however many there are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-csv-'));
  try {
    const path = join(folder, 'rows.csv');
    await using file = new CsvFile(path);
    const count = 60_000;
    for (let index = 0; index < count; index++) await file.write([index, 'text, with a comma']);
    await file.close();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(count);
    expect(lines.every((line, index) => line === `${index},"text, with a comma"`)).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a file that cannot be written fails its writer', async () => {
  await using file = new CsvFile('/proc/nowhere/rows.csv');
  await expect(file.write(['x'.repeat(300_000)])).rejects.toThrow(/ENOENT|EACCES/);
});
