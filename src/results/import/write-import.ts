import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Arm, armKey } from '../../domain/arm.ts';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { type TrialRecord, trialRecordSchema, trialRecordSchemaVersion } from '../../domain/record.ts';
import { type ImportedRun, importedRunSchema, runSchemaVersion } from '../../domain/run.ts';
import { trialId } from '../../domain/trial.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { runFiles, tryFiles, tryFolder } from '../run-folder.ts';
import type { Imported, ImportedTrial } from './imported.ts';

export interface WriteImportOptions {
  /** The run's folder, which must not exist. */
  readonly folder: string;
  readonly runId: string;
  readonly sourcePath: string;
  readonly evalrunVersion: string;
  readonly now: Date;
}

/** Writes imported results as a run: run.json, trials.jsonl and the trajectories that came with them. */
export async function writeImport(imported: Imported, options: WriteImportOptions): Promise<ImportedRun> {
  const { folder } = options;
  const records = recordsOf(imported, options.runId);
  const run = importedRunSchema.parse(runOf(imported, records, options));
  await makeNew(folder);
  try {
    for (const [index, record] of records.entries()) {
      await keepTrajectory(imported.trials[index], join(folder, record.folder));
    }
    const lines = records.map((record) => `${JSON.stringify(trialRecordSchema.parse(record))}\n`);
    await writeFile(join(folder, runFiles.trials), lines.join(''));
    await writeFileAtomically(join(folder, runFiles.run), `${JSON.stringify(run, null, 2)}\n`);
    return run;
  } catch (cause) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    if (cause instanceof EvalrunError) throw cause;
    throw new EvalrunError(`results cannot be written to ${folder}: ${messageOf(cause)}`, {
      code: 'storage',
      cause,
    });
  }
}

async function makeNew(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  await mkdir(folder).catch((cause: unknown) => {
    throw new EvalrunError(`${folder}: cannot be made (${messageOf(cause)}); choose another --run-id`, {
      code: 'usage',
      cause,
    });
  });
}

async function keepTrajectory(trial: ImportedTrial | undefined, folder: string): Promise<void> {
  if (trial?.trajectoryPath === undefined) return;
  await mkdir(folder, { recursive: true });
  await copyFile(trial.trajectoryPath, join(folder, tryFiles.trajectory));
}

/** Repeats of a task by one arm are its attempts, in the order in which they stand. */
function recordsOf({ trials, dataset }: Imported, runId: string): TrialRecord[] {
  const attempts = new Map<string, number>();
  return trials.map(({ trajectoryPath: _, taskHash, ...trial }) => {
    const key = JSON.stringify([trial.taskId, armKey(trial.arm)]);
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    const id = trialId(trial.taskId, trial.arm, attempt);
    return {
      ...trial,
      schemaVersion: trialRecordSchemaVersion,
      runId,
      trialId: id,
      // Without one of its own the name is all that tells whether two trials are of the same task.
      taskHash: taskHash ?? `name:${trial.taskId}`,
      dataset: dataset.name,
      attempt,
      try: 1,
      final: true,
      simulated: false,
      ttft: { n: 0 },
      ledger: { ...trial.ledger },
      notes: [...trial.notes],
      folder: tryFolder(id, 1),
    };
  });
}

function runOf(
  imported: Imported,
  records: readonly TrialRecord[],
  options: WriteImportOptions,
): ImportedRun {
  const { dataset, system } = imported;
  const arms = [...new Map(records.map(({ arm }) => [armKey(arm), arm])).values()];
  const tasks = [...new Map(records.map((record) => [record.taskId, record])).values()];
  const started = records.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = records
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  return {
    schemaVersion: runSchemaVersion,
    runId: options.runId,
    state: 'finished',
    ...(started === undefined ? {} : { startedAt: started }),
    ...(ended === undefined ? {} : { endedAt: ended }),
    simulated: false,
    suite: { name: dataset.name, title: dataset.name, path: basename(options.sourcePath), hash: '' },
    datasets: [
      {
        name: dataset.name,
        format: system,
        folder: '',
        hash: '',
        title: `{n} tasks, imported from ${system}`,
        ...(dataset.version === undefined ? {} : { version: dataset.version }),
      },
    ],
    tasks: tasks.map(({ taskId, taskHash }) => ({ id: taskId, dataset: dataset.name, hash: taskHash })),
    leftOut: [],
    arms,
    models: modelsOf(arms),
    agents: [...new Set(arms.map(({ agent }) => agent))].map((name) => ({ name, version: 'unknown' })),
    attempts: Math.max(...records.map(({ attempt }) => attempt)),
    evalrun: { version: options.evalrunVersion },
    imported: {
      system,
      at: options.now.toISOString(),
      source: basename(options.sourcePath),
      notes: [...imported.notes],
    },
  };
}

function modelsOf(arms: readonly Arm[]): ImportedRun['models'] {
  const names = [...new Set(arms.flatMap(({ model }) => model ?? []))];
  return names.map((name) => ({ alias: name, provider: 'unknown', model: name, simulated: false }));
}
