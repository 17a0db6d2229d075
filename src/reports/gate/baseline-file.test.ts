import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { baselineText, makeBaseline, readBaseline, writeBaseline } from './baseline-file.ts';
import { gateSide } from './testing/gate-sides.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-baseline-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const side = gateSide('run', { a: '110', b: '0e1', c: '' });

test('what was written is read again, without the messages of failed attempts', async () => {
  const path = join(folder, 'new/x.json');
  const baseline = makeBaseline('x', new Date(0), side);
  const size = await writeBaseline(path, baseline);
  expect(size).toBe((await readFile(path)).length);
  expect(await readBaseline(path)).toEqual(baseline);
  expect(baseline.tasks[1]?.attempts[1]).toEqual({ status: 'errored' });
});

test('neither the order of keys nor spaces matter; a value, a key more and a task less do', async () => {
  const path = join(folder, 'x.json');
  const document = JSON.parse(baselineText(makeBaseline('x', new Date(0), side))) as Record<string, unknown>;
  const reordered = Object.fromEntries(Object.entries(document).reverse());
  await writeFile(path, JSON.stringify(reordered, null, 4).replaceAll('\n', '\r\n'));
  expect((await readBaseline(path)).name).toBe('x');
  const wrongs = [
    { ...document, savedAt: '2027-01-01T00:00:00.000Z' },
    { ...document, note: 'more' },
    { ...document, tasks: (document['tasks'] as unknown[]).slice(1) },
  ];
  for (const wrong of wrongs) {
    await writeFile(path, JSON.stringify(wrong));
    await expect(readBaseline(path)).rejects.toThrow(/was changed after it was saved|not a baseline/);
  }
});

test('731 tasks in three attempts are well below a megabyte, a task a line', () => {
  const hash = `sha256:${'a'.repeat(64)}`;
  const names = Array.from(
    { length: 731 },
    (_, i) => `instance_someowner__somerepository-${String(i).padStart(40, 'f')}-v${'0'.repeat(40)}`,
  );
  const big = gateSide('run', Object.fromEntries(names.map((name) => [name, '101'])));
  const text = baselineText(
    makeBaseline('x', new Date(0), { ...big, tasks: big.tasks.map((task) => ({ ...task, hash })) }),
  );
  expect(Buffer.byteLength(text)).toBeLessThan(400_000);
  expect(text.split('\n').filter((line) => line.includes('instance_'))).toHaveLength(731);
});
