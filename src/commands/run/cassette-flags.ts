import { resolve } from 'node:path';
import { EvalrunError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import type { PlannedTrial } from '../../domain/trial.ts';
import { type Cassette, readCassette } from '../../inference/cassettes/read-cassette.ts';
import { isWhole } from '../../inference/cassettes/tries-to-play.ts';
import type { CommandContext } from '../command.ts';

export interface CassetteArguments {
  readonly record?: string | undefined;
  readonly replay?: string | undefined;
  readonly 'time-scale'?: number | undefined;
  readonly 'replay-strict'?: boolean | undefined;
}

/** What of cassettes a run has to do with: it writes one, plays one, or neither. */
export type CassetteChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly folder: string }
  | {
      readonly kind: 'replay';
      readonly cassette: Cassette;
      readonly timeScale: number;
      readonly strict: boolean;
    };

export async function cassetteChoiceOf(
  args: CassetteArguments,
  { cwd }: CommandContext,
): Promise<CassetteChoice> {
  refuseContradictions(args);
  if (args.record !== undefined) return { kind: 'record', folder: resolve(cwd, args.record) };
  if (args.replay === undefined) return { kind: 'none' };
  const cassette = await readCassette(resolve(cwd, args.replay));
  return {
    kind: 'replay',
    cassette,
    timeScale: args['time-scale'] ?? 1,
    strict: args['replay-strict'] === true,
  };
}

/** The choice that a run was started with. */
export async function cassetteChoiceOfRun({ record, replay }: Run): Promise<CassetteChoice> {
  if (record !== undefined) return { kind: 'record', folder: record.folder };
  if (replay === undefined) return { kind: 'none' };
  const { timeScale, strict, folder } = replay;
  return { kind: 'replay', cassette: await readCassette(folder), timeScale, strict };
}

function refuseContradictions(args: CassetteArguments): void {
  const timeScale = args['time-scale'];
  if (args.record !== undefined && args.replay !== undefined) {
    throw wrong('--record and --replay do not go together: a replay would record what it plays');
  }
  if (args.replay === undefined && (timeScale !== undefined || args['replay-strict'] === true)) {
    throw wrong('--time-scale and --replay-strict belong to --replay DIR');
  }
  if (timeScale !== undefined && !(timeScale >= 0 && Number.isFinite(timeScale))) {
    throw wrong('--time-scale must be a number of at least 0: 1 is the recorded pace, 0 as fast as it goes');
  }
}

/** What run.json says of it before the first trial. */
export function cassetteLines(choice: CassetteChoice): Pick<Run, 'record' | 'replay'> {
  if (choice.kind === 'none') return {};
  if (choice.kind === 'record') return { record: { folder: choice.folder } };
  const { cassette, timeScale, strict } = choice;
  const { runId: recordedRun, recordedAt } = cassette.manifest;
  return { replay: { folder: cassette.folder, recordedRun, recordedAt, timeScale, strict } };
}

/** A trial that was not recorded to its end cannot be played; better to hear of it before anything runs. */
export function refuseUnrecorded(choice: CassetteChoice, plan: readonly PlannedTrial[]): void {
  if (choice.kind !== 'replay') return;
  const { folder, tries, unreadable } = choice.cassette;
  const missing = plan.filter(({ arm, id }) => arm.model !== undefined && !isWhole(tries.get(id)));
  if (missing.length === 0) return;
  throw wrong(
    [
      `--replay ${folder}: ${missing.length} of ${plan.length} trials are not recorded to their end:`,
      ...missing.map(({ id }) => `  ${id}`),
      ...unreadable.map((sentence) => `  ${sentence}`),
    ].join('\n'),
  );
}

function wrong(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}
