import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GrowingFile } from './growing-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-growing-'));
  path = join(folder, 'lines.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('gives each line once, and none while there is no file', async () => {
  const file = new GrowingFile(path);
  expect(await file.newLines()).toEqual([]);
  await writeFile(path, 'one\ntwo\n');
  expect(await file.newLines()).toEqual(['one', 'two']);
  expect(await file.newLines()).toEqual([]);
  await appendFile(path, 'three\n');
  expect(await file.newLines()).toEqual(['three']);
});

test('half a line, even half a letter, waits for its other half', async () => {
  const file = new GrowingFile(path);
  const bytes = Buffer.from('grün\n');
  await writeFile(path, bytes.subarray(0, 3));
  expect(await file.newLines()).toEqual([]);
  await appendFile(path, bytes.subarray(3));
  expect(await file.newLines()).toEqual(['grün']);
});

test('a line longer than what is read at once is one line', async () => {
  const long = 'x'.repeat(2_500_000);
  await writeFile(path, `${long}\nshort\n`);
  expect(await new GrowingFile(path).newLines()).toEqual([long, 'short']);
});
