import { join, resolve } from 'node:path';
import type { Arm } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import { isFile } from '../../lib/is-file.ts';
import { readBaseline, sideOfBaseline } from '../../reports/gate/baseline-file.ts';
import type { NamedSide } from '../../reports/gate/gate-side.ts';
import { refuseUnlessSameButSeed } from '../../reports/gate/same-but-seed.ts';
import { type ArmChoice, chooseArm, sideOfRun } from '../../reports/gate/side-of-run.ts';
import { findRun } from '../../results/find-run.ts';
import { type AnyStoredRun, readAnyRun } from '../../results/result-store.ts';

export interface Places {
  readonly cwd: string;
  /** Folder of the runs, absolute. */
  readonly results: string;
}

export function baselinePath({ results }: Places, name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return join(results, 'baselines', `${name}.json`);
  throw new EvalrunError(`baseline "${name}": use letters, digits, dots, dashes and underscores`, {
    code: 'usage',
  });
}

/** A side with the run it was made from, where it is one. */
export interface LoadedSide {
  readonly named: NamedSide;
  readonly stored?: AnyStoredRun;
  /** Lines of the run's file that could not be read. */
  readonly warnings: readonly string[];
}

export async function loadRunSide(
  name: string,
  choice: (run: AnyStoredRun['run']) => ArmChoice,
  { results }: Places,
): Promise<LoadedSide> {
  const stored = await readAnyRun(await findRun(name, results));
  const side = sideOfRun(stored, chooseArm(stored.run, choice(stored.run)));
  const warnings = stored.records.unreadable.map(
    ({ line, reason }) => `run ${stored.run.runId}, trials.jsonl line ${line}: ${reason}`,
  );
  return { named: { kind: 'run', name: stored.run.runId, side }, stored, warnings };
}

/** A file, a saved baseline or a run, in this order. */
export async function loadBaselineSide(
  name: string,
  choice: (run: AnyStoredRun['run']) => ArmChoice,
  places: Places,
): Promise<LoadedSide> {
  const file = await baselineFile(name, places);
  if (file === undefined) return loadRunSide(name, choice, places);
  const baseline = await readBaseline(file);
  const { savedAt, hash } = baseline;
  return {
    named: { kind: 'baseline', name: baseline.name, savedAt, hash, side: sideOfBaseline(baseline) },
    warnings: [],
  };
}

async function baselineFile(name: string, places: Places): Promise<string | undefined> {
  const asPath = resolve(places.cwd, name);
  if (await isFile(asPath)) return asPath;
  const saved = join(places.results, 'baselines', `${name}.json`);
  return (await isFile(saved)) ? saved : undefined;
}

/** The two runs of `--aa`, refused unless they differ in nothing but the seed. */
export async function loadAa(names: readonly string[], arm: Arm, { results }: Places) {
  const [first, second] = names;
  if (first === undefined || second === undefined || names.length !== 2) {
    throw new EvalrunError('--aa takes two runs: --aa RUN RUN', { code: 'usage' });
  }
  const a = await readAnyRun(await findRun(first, results));
  const b = await readAnyRun(await findRun(second, results));
  refuseUnlessSameButSeed(a.run, b.run, arm);
  return { a: sideOfRun(a, arm), b: sideOfRun(b, arm) };
}
