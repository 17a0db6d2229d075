import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { importFailure } from './imported.ts';

export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw importFailure(path, 'cannot be read', cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw importFailure(path, 'is not valid JSON', cause);
  }
}

/** The document in its shape, or an error that names file and field. */
export function parseAs<T>(schema: z.ZodType<T>, document: unknown, path: string): T {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw importFailure(
    path,
    `${issue?.path.map(String).join('.') || 'document'}: ${issue?.message ?? 'not as expected'}`,
  );
}
