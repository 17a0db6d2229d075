import type { ModelProfile } from '../../domain/model.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import { type Player, startPlayer } from '../../inference/cassettes/player.ts';
import { type Recorder, startRecorder } from '../../inference/cassettes/recorder.ts';
import type { WireTap } from '../../inference/cassettes/wire-tap.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CassetteChoice } from './cassette-flags.ts';
import type { ChosenArm } from './choose-arms.ts';
import { manifestOf } from './recorded-models.ts';

/** What recording and replaying have to do with each try of a run; where neither is wanted, nothing. */
export interface Cassettes extends AsyncDisposable {
  /** For the client and the gateway. */
  readonly tap?: WireTap;
  /** Aborted with a storage error as soon as the recording has a hole. */
  readonly failed: AbortSignal;
  /** What the waits between retries are multiplied by. */
  readonly timeScale: number;
  /** A replayed model is reached like any other, at the player's address. */
  readonly reach: (model: ModelProfile) => ModelProfile;
  readonly beginTry: (trialId: string, number: number) => Promise<void>;
  /** The same record, errored where the replay did not match: such a try is never scored. */
  readonly checked: (record: TrialRecord) => Promise<TrialRecord>;
  /** Resolves when the recording of the try is on the disk; throws EvalrunError('storage'). */
  readonly endTry: (record: TrialRecord) => Promise<void>;
  readonly differences: () => NonNullable<Run['replay']>['differences'];
}

export interface OpenCassettesOptions {
  readonly choice: CassetteChoice;
  readonly run: Pick<Run, 'runId' | 'evalrun'>;
  readonly arms: readonly ChosenArm[];
  /** Where the keys are, so that none gets into a recording. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function openCassettes(options: OpenCassettesOptions): Promise<Cassettes> {
  const { choice, run, env } = options;
  if (choice.kind === 'none') return neither;
  const models = options.arms.flatMap(({ model }) => (model === undefined ? [] : [model]));
  if (choice.kind === 'record') {
    const manifest = manifestOf(run, models, new Date());
    return recording(await startRecorder({ folder: choice.folder, manifest, secrets: keysOf(models, env) }));
  }
  const { cassette, timeScale, strict } = choice;
  return replaying(await startPlayer({ cassette, clock: systemClock, timeScale, strict }), timeScale);
}

function keysOf(models: readonly ModelProfile[], env: OpenCassettesOptions['env']): string[] {
  return models.flatMap(({ provider }) => env[provider.apiKeyEnv ?? ''] ?? []);
}

export const neither: Cassettes = {
  failed: new AbortController().signal,
  timeScale: 1,
  reach: (model) => model,
  beginTry: async () => {},
  checked: async (record) => record,
  endTry: async () => {},
  differences: () => undefined,
  [Symbol.asyncDispose]: async () => {},
};

function recording(recorder: Recorder): Cassettes {
  return {
    ...neither,
    tap: recorder,
    failed: recorder.failed,
    beginTry: async (trialId, number) => recorder.beginTry(trialId, number),
    endTry: ({ trialId, final, outcome }) => {
      const code = outcome.status === 'errored' ? { code: outcome.code } : {};
      return recorder.endTry(trialId, { final, status: outcome.status, ...code });
    },
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}

function replaying(player: Player, timeScale: number): Cassettes {
  return {
    ...neither,
    timeScale,
    reach: (model) => ({ ...model, provider: { ...model.provider, baseUrl: player.baseUrl } }),
    beginTry: (trialId) => player.beginTry(trialId),
    checked: async (record) => erroredBy(await player.endTry(record.trialId), record),
    differences: () => player.differences(),
    [Symbol.asyncDispose]: () => player[Symbol.asyncDispose](),
  };
}

function erroredBy(message: string | undefined, record: TrialRecord): TrialRecord {
  if (message === undefined || record.outcome.status === 'cancelled') return record;
  return {
    ...record,
    outcome: { status: 'errored', phase: 'agent', code: 'replay-mismatch', message, retryable: false },
  };
}
