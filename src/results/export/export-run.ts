import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { finalRecords } from '../final-records.ts';
import type { AnyStoredRun } from '../result-store.ts';
import { harborJob } from './harbor-job.ts';
import { sweBenchPredictions, sweBenchProPredictions } from './predictions.ts';

export type ExportFormat = 'swe-bench-pro' | 'swe-bench' | 'harbor';

export interface ExportedFile {
  /** Relative to the export's folder. */
  readonly path: string;
  readonly content: string;
}

/** Writes a run in another system's format; returns the paths. Throws 'usage' where there is nothing to write. */
export async function exportRun(
  stored: AnyStoredRun,
  format: ExportFormat,
  folder: string,
): Promise<string[]> {
  const files = await filesOf(stored, format);
  if (files.length === 0) {
    throw new EvalrunError(
      `run ${stored.run.runId} has nothing for ${format}: predictions need trials with a patch`,
      { code: 'usage' },
    );
  }
  for (const { path, content } of files) await write(join(folder, path), content);
  return files.map(({ path }) => join(folder, path));
}

function filesOf({ folder, run, records }: AnyStoredRun, format: ExportFormat): Promise<ExportedFile[]> {
  const finals = finalRecords(records.values);
  switch (format) {
    case 'swe-bench-pro':
      return sweBenchProPredictions(folder, finals);
    case 'swe-bench':
      return sweBenchPredictions(folder, finals);
    case 'harbor':
      return harborJob(folder, run, finals);
    default:
      return format satisfies never;
  }
}

async function write(path: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (cause) {
    throw new EvalrunError(`${path}: cannot be written (${messageOf(cause)})`, { code: 'storage', cause });
  }
}
