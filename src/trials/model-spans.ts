import { firstTokenMark, type RequestRecord } from '../domain/request-record.ts';
import type { Span } from '../domain/span.ts';

/**
 * A request's parts of the ledger: back-off and the wait for the provider's limits before it, connecting, waiting for the first token, decoding.
 * A request that brought no token waited until it ended.
 */
export function modelSpans(record: RequestRecord, endUs: number): Span[] {
  const { marks } = record;
  const first = firstTokenMark(marks);
  const name = `turn ${record.turn}${record.attempt > 1 ? `, attempt ${record.attempt}` : ''}`;
  const waitedUs = record.backoffUs + (record.paceUs ?? 0);
  // The gateway connects an agent's WebSocket before there is a request that may have to wait.
  const waitedConnected = marks.t0 - (marks.connectEnd ?? marks.t0) >= waitedUs;
  const begin = waitedConnected ? marks.t0 : (marks.connectStart ?? marks.t0);
  const spans: Span[] = [];
  const add = (part: Span['part'], startUs: number, until: number): void => {
    if (until > startUs) spans.push({ part, name, startUs, endUs: until });
  };
  add('model.backoff', begin - waitedUs, begin);
  if (marks.connectStart !== undefined)
    add('model.connect', marks.connectStart, marks.connectEnd ?? marks.t0);
  add('model.wait', marks.t0, first ?? marks.completed ?? endUs);
  if (first !== undefined) add('model.decode', first, marks.completed ?? endUs);
  return spans;
}
