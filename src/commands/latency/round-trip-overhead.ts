import type { LatencyArm } from '../../domain/latency-document.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import { decodeUs, type Measure } from '../../inference/latency.ts';

/**
 * What a round trip takes beside the model: (completed - t0) - decode - the server's own time until its first
 * token, in microseconds. Without that last part nobody can tell the way from the thinking.
 */
export function roundTripOverhead(record: RequestRecord): {
  readonly measure: Measure;
  readonly source: LatencyArm['overheadSource'];
} {
  const { marks } = record;
  const decode = decodeUs(record);
  const own = serverTime(record);
  if (own === undefined) {
    const reason = 'the provider sends no timing';
    return { measure: { status: 'not-measurable', reason }, source: 'none' };
  }
  if (marks.completed === undefined || decode === undefined) {
    return { measure: { status: 'not-measurable', reason: 'the answer holds no token' }, source: own.source };
  }
  const value = marks.completed - marks.t0 - decode - own.us;
  return { measure: { status: 'measured', value }, source: own.source };
}

function serverTime({
  serverStamps,
  serverTiming,
}: RequestRecord): { us: number; source: 'server stamps' | 'engine timing' } | undefined {
  if (serverStamps?.firstToken !== undefined) {
    return { us: serverStamps.firstToken - serverStamps.received, source: 'server stamps' };
  }
  const ms = engineTtftMs(serverTiming);
  return ms === undefined ? undefined : { us: ms * 1000, source: 'engine timing' };
}

/** Of `responsesapi.websocket_timing`; private to the provider, and so read leniently. */
function engineTtftMs(timing: unknown): number | undefined {
  if (typeof timing !== 'object' || timing === null) return undefined;
  const field = 'engine_service_ttft_total_ms';
  const value = field in timing ? (timing as Record<typeof field, unknown>)[field] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
