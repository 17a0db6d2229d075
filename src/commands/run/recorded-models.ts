import { EvalrunError } from '../../domain/errors.ts';
import type { ModelProfile } from '../../domain/model.ts';
import {
  type CassetteManifest,
  cassetteSchemaVersion,
  type RecordedModel,
} from '../../inference/cassettes/cassette-schema.ts';
import { type ModelChoice, unknownName } from '../../suites/models.ts';
import { transportShortNames } from '../../suites/suite-schema.ts';

/** cassette.json of a run that is about to be recorded. */
export function manifestOf(
  run: { readonly runId: string; readonly evalrun: CassetteManifest['evalrun'] },
  models: readonly ModelProfile[],
  now: Date,
): CassetteManifest {
  return {
    schemaVersion: cassetteSchemaVersion,
    runId: run.runId,
    recordedAt: now.toISOString(),
    evalrun: run.evalrun,
    models: [...new Map(models.map((model) => [model.alias, recordedModel(model)])).values()],
  };
}

/** Everything but the name of the key and the account's limits. */
function recordedModel({ provider, simulation, ...model }: ModelProfile): RecordedModel {
  const { name, kind, baseUrl, retry } = provider;
  const isSimulated = kind === 'simulated';
  return {
    ...model,
    // The simulator's address is another one every time.
    provider: {
      name,
      kind,
      ...(baseUrl === undefined || isSimulated ? {} : { baseUrl }),
      ...(retry === undefined ? {} : { retry }),
    },
    ...(isSimulated && simulation !== undefined
      ? { simulation: { ...simulation, successRate: { ...simulation.successRate } } }
      : {}),
  };
}

/** The profile of a model as it was recorded; what answers is the cassette. Throws EvalrunError('usage'). */
export function replayedModel(choice: ModelChoice, { models }: CassetteManifest): ModelProfile {
  const recorded = models.find(({ alias }) => alias === choice.alias);
  if (recorded === undefined) {
    throw unknownName(
      'recorded model',
      choice.alias,
      models.map(({ alias }) => alias),
    );
  }
  refuseOther(choice, recorded);
  return withoutUndefined({ ...recorded, provider: { ...recorded.provider, playedBy: 'cassette' as const } });
}

/** What a recording answers to was asked in one way; it cannot answer another. */
function refuseOther({ alias, provider, transport, effort }: ModelChoice, recorded: RecordedModel): void {
  const wanted = {
    provider: [provider, recorded.provider.name],
    transport: [transport === undefined ? undefined : transportShortNames[transport], recorded.transport],
    effort: [effort, recorded.effort],
  };
  for (const [name, [asked, was]] of Object.entries(wanted)) {
    if (asked === undefined || asked === was) continue;
    throw new EvalrunError(
      `--${name} ${asked}: the recording has model "${alias}" with ${name} ${was ?? 'unset'}`,
      { code: 'usage' },
    );
  }
}

/** zod's optional fields may hold undefined, a profile's may not. */
function withoutUndefined(model: RecordedModel & { provider: { playedBy: 'cassette' } }): ModelProfile {
  return JSON.parse(JSON.stringify(model)) as ModelProfile; // the same fields, without those that are undefined
}
