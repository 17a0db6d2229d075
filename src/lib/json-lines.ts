import { StringDecoder } from 'node:string_decoder';
import type { z } from 'zod';
import { openIfThere } from './open-if-there.ts';

/** A line that could not be read: counted and shown, never skipped in silence. */
export interface UnreadableLine {
  readonly line: number;
  readonly reason: string;
}

export interface JsonLines<T> {
  readonly values: T[];
  readonly unreadable: UnreadableLine[];
}

/** Reads a JSON-lines file against a schema, splitting on `\n` only. A missing file has no lines. */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<JsonLines<T>> {
  const unreadable: UnreadableLine[] = [];
  const values: T[] = [];
  for await (const some of streamJsonLines(path, schema, (line) => unreadable.push(line))) {
    for (const value of some) values.push(value);
  }
  return { values, unreadable };
}

/** The same a few lines at a time, for files that are not to be held whole. */
export async function* streamJsonLines<T>(
  path: string,
  schema: z.ZodType<T>,
  onUnreadable: (line: UnreadableLine) => void,
): AsyncGenerator<T[]> {
  let number = 0;
  for await (const lines of linesOf(path)) {
    const values: T[] = [];
    for (const text of lines) {
      number += 1;
      if (text === '') continue;
      const parsed = parseLine(text, schema);
      if ('value' in parsed) values.push(parsed.value);
      else onUnreadable({ line: number, reason: parsed.reason });
    }
    yield values;
  }
}

function parseLine<T>(text: string, schema: z.ZodType<T>): { value: T } | { reason: string } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { reason: 'not valid JSON (cut off while it was written?)' };
  }
  const checked = schema.safeParse(raw);
  if (checked.success) return { value: checked.data };
  const issue = checked.error.issues[0];
  return { reason: `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not as expected'}` };
}

const chunkBytes = 64 * 1024;

/** Whole lines, a chunk's at a time. A handle and not a stream: thousands of small files are read. */
async function* linesOf(path: string): AsyncGenerator<string[]> {
  await using file = await openIfThere(path);
  if (file === undefined) return;
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let rest = '';
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes);
    if (bytesRead === 0) break;
    const lines = (rest + decoder.write(chunk.subarray(0, bytesRead))).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  rest += decoder.end();
  if (rest !== '') yield [rest];
}
