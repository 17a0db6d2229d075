import type { LatencyArm, MedianFigure } from '../../domain/latency-document.ts';
import type { ModelProfile } from '../../domain/model.ts';
import { type RequestRecord, ttftUs } from '../../domain/request-record.ts';
import { decodeRate, type Measure, tpotUs } from '../../inference/latency.ts';
import { medianInterval } from '../../statistics/median-interval.ts';
import { type PercentileRank, percentile } from '../../statistics/percentile.ts';
import { roundTripOverhead } from './round-trip-overhead.ts';

export interface MeasuredArm {
  readonly model: ModelProfile;
  /** Every attempt, in order. */
  readonly records: readonly RequestRecord[];
  readonly endedBy: string | undefined;
}

/** What an arm's requests say. The first one, which connects, stands by itself and enters no other figure. */
export function armFigures({ model, records, endedBy }: MeasuredArm): LatencyArm {
  const answered = records.filter(({ status }) => status === 'completed');
  const [first] = answered.filter(({ turn }) => turn === 1);
  const rounds = answered.filter(({ turn }) => turn > 1);
  const served = answered.at(-1)?.servedModel;
  const bytes = answered.map(({ requestBytes }) => requestBytes);
  return {
    model: model.alias,
    transport: model.transport,
    provider: model.provider.name,
    ...(served === undefined ? {} : { served }),
    ...(model.effort === undefined ? {} : { effort: model.effort }),
    simulated: model.provider.kind === 'simulated',
    rounds: rounds.length,
    failedAttempts: records.length - answered.length,
    reconnects: rounds.filter(({ marks }) => marks.connectStart !== undefined).length,
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(first === undefined ? {} : { first: firstRequest(first) }),
    ttftMs: medianOf(rounds, (record) => inMs(known(ttftUs(record), 'no token came'))),
    ttftPercentilesMs: percentilesOf(rounds),
    createdMs: medianOf(rounds, (record) => inMs(known(created(record), 'no response.created came'))),
    tpotMs: medianOf(rounds, (record) => inMs(tpotUs(record))),
    decodeTokensPerSecond: medianOf(rounds, decodeRate),
    deliveredTokensPerSecond: medianOf(rounds, deliveredRate),
    overheadMs: medianOf(rounds, (record) => inMs(roundTripOverhead(record).measure)),
    overheadSource: rounds[0] === undefined ? 'none' : roundTripOverhead(rounds[0]).source,
    requestBytes: {
      first: bytes[0] ?? 0,
      last: bytes.at(-1) ?? 0,
      total: bytes.reduce((sum, size) => sum + size, 0),
    },
  };
}

function firstRequest(record: RequestRecord): NonNullable<LatencyArm['first']> {
  const { connectStart, connectEnd, t0, completed } = record.marks;
  const ttft = ttftUs(record);
  return {
    ...(connectStart === undefined || connectEnd === undefined
      ? {}
      : { connectMs: (connectEnd - connectStart) / 1000 }),
    ...(ttft === undefined ? {} : { ttftMs: ttft / 1000 }),
    ...(completed === undefined ? {} : { totalMs: (completed - t0) / 1000 }),
  };
}

function created({ marks }: RequestRecord): number | undefined {
  return marks.created === undefined ? undefined : marks.created - marks.t0;
}

/** All output tokens over the whole request: what an agent gets out of a second. */
function deliveredRate({ marks, usage }: RequestRecord): Measure {
  if (usage === undefined || usage.estimated) return known(undefined, 'the answer brought no usage');
  return known(
    marks.completed === undefined ? undefined : (usage.output * 1e6) / (marks.completed - marks.t0),
    'the answer was not completed',
  );
}

function known(value: number | undefined, reason: string): Measure {
  return value === undefined ? { status: 'not-measurable', reason } : { status: 'measured', value };
}

function inMs(us: Measure): Measure {
  return us.status === 'measured' ? { status: 'measured', value: us.value / 1000 } : us;
}

/** The median over rounds with an interval of order statistics; rounds without the figure are counted. */
function medianOf(
  records: readonly RequestRecord[],
  measure: (record: RequestRecord) => Measure,
): MedianFigure {
  const measures = records.map(measure);
  const values = measures.flatMap((one) => (one.status === 'measured' ? [one.value] : []));
  const counted = { n: values.length, leftOut: measures.length - values.length };
  const estimate = medianInterval(values);
  if (estimate.status === 'estimated') {
    const { median, interval, coverage } = estimate.value;
    return { ...counted, median, interval, coverage };
  }
  const missing = measures.find((one) => one.status === 'not-measurable');
  return { ...counted, reason: values.length === 0 ? (missing?.reason ?? 'no round') : estimate.reason };
}

function percentilesOf(records: readonly RequestRecord[]): LatencyArm['ttftPercentilesMs'] {
  const times = records
    .map(ttftUs)
    .filter((time) => time !== undefined)
    .map((time) => time / 1000);
  const at = (rank: PercentileRank): LatencyArm['ttftPercentilesMs']['p50'] => {
    const figure = percentile(times, rank);
    if (figure.status === 'value') return figure;
    const { status, n, needed, max } = figure;
    return { status, n, needed, ...(max === undefined ? {} : { max }) };
  };
  return { p50: at(50), p90: at(90), p95: at(95) };
}
