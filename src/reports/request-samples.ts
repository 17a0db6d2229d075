import { type RequestRecord, ttftUs } from '../domain/request-record.ts';
import { decodeWindow, tpotUs } from '../inference/latency.ts';

/** The numbers of one arm's requests over one transport that figures and curves are made from; never pooled. */
export interface RequestSamples {
  readonly transport: string;
  readonly via: 'client' | 'gateway';
  /** Turns of counted tries that brought an answer. */
  requests: number;
  /** Failed requests of all tries, retries included. */
  failed: number;
  /** Of these four each turn with a first token has one entry. */
  readonly ttftMs: number[];
  readonly turns: number[];
  readonly inputTokens: number[];
  readonly isFirst: boolean[];
  readonly tpotMs: number[];
  readonly decode: SumOfRates;
  /** Output tokens over the time from the request to the answer's end. */
  readonly delivered: SumOfRates;
}

/** Sum of tokens over sum of time, never a mean of ratios. */
export interface SumOfRates {
  tokens: number;
  us: number;
  requests: number;
  /** Requests whose rate cannot be measured, left out of both sums. */
  leftOut: number;
}

export function emptySamples(transport: string, via: RequestSamples['via']): RequestSamples {
  const none = (): SumOfRates => ({ tokens: 0, us: 0, requests: 0, leftOut: 0 });
  return {
    transport,
    via,
    requests: 0,
    failed: 0,
    ttftMs: [],
    turns: [],
    inputTokens: [],
    isFirst: [],
    tpotMs: [],
    decode: none(),
    delivered: none(),
  };
}

/** Prewarm, compaction and side requests are no turns; a failed request is counted and measures nothing. */
export function addRequest(samples: RequestSamples, record: RequestRecord, isFirst: boolean): void {
  if (record.kind !== 'turn' || record.status === 'failed') return;
  samples.requests += 1;
  const us = ttftUs(record);
  if (us !== undefined) {
    samples.ttftMs.push(us / 1000);
    samples.turns.push(record.turn);
    samples.inputTokens.push(record.usage?.input ?? Number.NaN);
    samples.isFirst.push(isFirst);
  }
  if (record.status === 'completed') addRates(samples, record);
}

function addRates(samples: RequestSamples, record: RequestRecord): void {
  const window = decodeWindow(record);
  if (window.status === 'measured') addTo(samples.decode, window.intervals, window.windowUs);
  else samples.decode.leftOut += 1;
  const tpot = tpotUs(record);
  if (tpot.status === 'measured') samples.tpotMs.push(tpot.value / 1000);
  const { marks, usage } = record;
  if (usage === undefined || usage.estimated || marks.completed === undefined) samples.delivered.leftOut += 1;
  else addTo(samples.delivered, usage.output, marks.completed - marks.t0);
}

function addTo(sum: SumOfRates, tokens: number, us: number): void {
  sum.tokens += tokens;
  sum.us += us;
  sum.requests += 1;
}
