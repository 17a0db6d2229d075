import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { armName } from '../../domain/arm.ts';
import type { TrialRecord } from '../../domain/record.ts';
import { tryFiles } from '../run-folder.ts';
import type { ExportedFile } from './export-run.ts';

/** An array for SWE-bench Pro's evaluation: `{instance_id, patch, prefix}`, a file for each arm and attempt. */
export async function sweBenchProPredictions(
  runFolder: string,
  finals: readonly TrialRecord[],
): Promise<ExportedFile[]> {
  return fileForEach(
    runFolder,
    finals,
    'json',
    (rows, prefix) =>
      `${JSON.stringify(
        rows.map(({ id, patch }) => ({ instance_id: id, patch, prefix })),
        null,
        1,
      )}\n`,
  );
}

/** JSON lines for the SWE-bench harness: `{instance_id, model_name_or_path, model_patch}`. */
export async function sweBenchPredictions(
  runFolder: string,
  finals: readonly TrialRecord[],
): Promise<ExportedFile[]> {
  return fileForEach(runFolder, finals, 'jsonl', (rows, name) =>
    rows
      .map(({ id, patch }) =>
        JSON.stringify({ instance_id: id, model_name_or_path: name, model_patch: patch }),
      )
      .map((line) => `${line}\n`)
      .join(''),
  );
}

interface Row {
  readonly id: string;
  readonly patch: string;
}

async function fileForEach(
  runFolder: string,
  finals: readonly TrialRecord[],
  extension: string,
  textOf: (rows: readonly Row[], name: string) => string,
): Promise<ExportedFile[]> {
  const groups = Map.groupBy(finals, ({ arm, attempt }) => `${armName(arm)}.${attempt}`);
  const files: ExportedFile[] = [];
  for (const [name, records] of groups) {
    const rows: Row[] = [];
    for (const record of records) {
      const patch = await patchOf(runFolder, record);
      if (patch !== undefined) rows.push({ id: record.taskId, patch });
    }
    if (rows.length > 0) files.push({ path: `${name}.${extension}`, content: textOf(rows, name) });
  }
  return files;
}

/** Undefined where the trial ended before a patch was taken: it then has no prediction, which is not an empty one. */
async function patchOf(runFolder: string, record: TrialRecord): Promise<string | undefined> {
  return readFile(join(runFolder, record.folder, tryFiles.patch), 'utf8').catch(() => undefined);
}
