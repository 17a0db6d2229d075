import type { ModelProfile, Usage } from '../domain/model.ts';
import { type RequestRecord, requestRecordSchemaVersion } from '../domain/request-record.ts';
import type { StreamReader } from './transports/stream-reader.ts';
import type { Exchanged } from './transports/transport.ts';

export interface RecordInput {
  readonly trialId: string;
  readonly turn: number;
  readonly attempt: number;
  readonly backoffUs: number;
  /** Undefined or 0: it did not have to wait for the provider's limits. */
  readonly paceUs?: number;
  readonly model: ModelProfile;
  readonly exchanged: Exchanged;
  readonly reader: StreamReader;
  readonly usage: Usage | undefined;
}

/** What one attempt leaves behind, failed or not. */
export function toRecord(input: RecordInput): RequestRecord {
  const { model, reader, exchanged } = input;
  const { connectStart, connectEnd, t0, accepted, ...facts } = exchanged.facts;
  return {
    schemaVersion: requestRecordSchemaVersion,
    trialId: input.trialId,
    turn: input.turn,
    attempt: input.attempt,
    kind: 'turn',
    provider: model.provider.name,
    model: model.model,
    transport: model.transport,
    simulated: model.provider.kind === 'simulated',
    status: statusOf(exchanged, reader),
    backoffUs: input.backoffUs,
    ...(input.paceUs === undefined || input.paceUs === 0 ? {} : { paceUs: input.paceUs }),
    ...facts,
    marks: { ...present({ connectStart, connectEnd, accepted }), t0, ...reader.clock.marks },
    chunks: reader.clock.chunks,
    ...(reader.clock.visibleBytes === 0 ? {} : { visibleBytes: reader.clock.visibleBytes }),
    ...(reader.clock.rawReasoning ? { reasoningStreamed: true } : {}),
    ...errorOf(exchanged),
    ...statusSaid(exchanged),
    ...present({
      effort: model.effort,
      servedModel: reader.servedModel,
      usage: input.usage,
      responseId: reader.responseId,
      refusal: reader.refusal === '' ? undefined : reader.refusal,
    }),
    ...serverTimes(input),
  };
}

/** Times in a recording are those of the server that was recorded: they say nothing about this exchange. */
function serverTimes({ model, reader }: RecordInput): Pick<RequestRecord, 'serverStamps' | 'serverTiming'> {
  if (model.provider.playedBy === 'cassette') return {};
  return present({ serverStamps: reader.serverStamps, serverTiming: reader.serverTiming });
}

function statusOf({ ending }: Exchanged, { terminal }: StreamReader): RequestRecord['status'] {
  if (ending.kind !== 'answered') return ending.kind;
  return terminal?.kind === 'incomplete' ? 'incomplete' : 'completed';
}

function errorOf({ ending }: Exchanged): Pick<RequestRecord, 'error'> {
  if (ending.kind !== 'failed') return {};
  const { kind, message, retryable, retryAfterMs } = ending.failure;
  return { error: { kind, message, retryable, ...present({ retryAfterMs }) } };
}

/** Over a WebSocket, where no HTTP answer comes, an error names its status itself. */
function statusSaid({ ending, facts }: Exchanged): Pick<RequestRecord, 'httpStatus'> {
  if (ending.kind !== 'failed' || facts.httpStatus !== undefined) return {};
  return present({ httpStatus: ending.failure.status });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined: a field that is absent and one that is undefined differ in a stored line. */
function present<T extends Record<string, unknown>>(fields: T): Present<T> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Present<T>; // entries lose the keys' types
}
