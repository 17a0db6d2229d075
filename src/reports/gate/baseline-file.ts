import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { type GateSide, gateSideSchema } from './gate-side.ts';

/** A frozen baseline: one file, small enough for git, that is refused when a byte of what it says was changed. */
export const baselineSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  savedAt: z.string(),
  /** sha256 of all the rest, as JSON without spaces, in the order of the schema. */
  hash: z.string(),
  ...gateSideSchema.shape,
});
export type Baseline = z.infer<typeof baselineSchema>;

export function makeBaseline(name: string, savedAt: Date, side: GateSide): Baseline {
  const content = {
    schemaVersion: 1 as const,
    name,
    savedAt: savedAt.toISOString(),
    ...side,
    tasks: side.tasks.map(({ attempts, ...task }) => ({
      ...task,
      attempts: attempts.map(({ problem: _, ...attempt }) => attempt),
    })),
  };
  return { ...content, hash: hashOf({ ...content, hash: '' }) };
}

/** Of the parsed content, so that neither spaces nor line ends nor the order of keys matter. */
function hashOf(baseline: Baseline): string {
  const { hash: _, ...content } = baselineSchema.parse(baseline);
  return `sha256:${createHash('sha256').update(JSON.stringify(content)).digest('hex')}`;
}

/** One task a line, so that git shows what changed. */
export function baselineText(baseline: Baseline): string {
  const { tasks, ...facts } = baselineSchema.parse(baseline);
  const head = JSON.stringify(facts, null, 2).replace(/\n\}$/, '');
  const lines = tasks.map((task) => `    ${JSON.stringify(task)}`);
  return `${head},\n  "tasks": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Writes the file and says its size in bytes. */
export async function writeBaseline(path: string, baseline: Baseline): Promise<number> {
  const text = baselineText(baseline);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, text);
  return Buffer.byteLength(text);
}

/** Throws EvalrunError('usage') for a file that is no baseline or not as it was saved. */
export async function readBaseline(path: string): Promise<Baseline> {
  const document = await readDocument(path);
  const parsed = baselineSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw usage(`${path}: not a baseline: ${issue?.path.map(String).join('.')}: ${issue?.message}`);
  }
  const actual = hashOf(parsed.data);
  if (actual === parsed.data.hash) return parsed.data;
  throw usage(
    `${path}: was changed after it was saved (it says ${parsed.data.hash}, its content has ${actual}); ` +
      'restore it, or save a new one with `evalrun baseline save NAME --run RUN --force`',
  );
}

async function readDocument(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw usage(`${path}: cannot be read as a baseline (${messageOf(cause)})`, cause);
  }
}

function usage(message: string, cause?: unknown): EvalrunError {
  return new EvalrunError(message, { code: 'usage', cause });
}

/** What a gate takes of it. */
export function sideOfBaseline(baseline: Baseline): GateSide {
  const { schemaVersion: _version, name: _name, savedAt: _savedAt, hash: _hash, ...side } = baseline;
  return side;
}
