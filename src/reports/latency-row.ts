import { millisecondsText } from './figure-text.ts';
import { known, maximumFigure, percentileFigure, refusal } from './figures.ts';
import type { ArmReport, Figure } from './report-document.ts';
import type { RequestSamples, SumOfRates } from './request-samples.ts';

type LatencyRow = ArmReport['latency'][number];

/** Latency over one transport. The first request of each trial stands apart: it connects, and finds an empty cache. */
export function latencyRow(samples: RequestSamples, notMeasured: string | undefined): LatencyRow {
  const measured = (figure: () => Figure): Figure =>
    notMeasured === undefined ? figure() : refusal(notMeasured, 0);
  const first = sorted(samples.ttftMs.filter((_, index) => samples.isFirst[index]));
  const later = sorted(samples.ttftMs.filter((_, index) => !samples.isFirst[index]));
  const tpotMs = sorted(samples.tpotMs);
  const ttft = (rank: 50 | 90 | 95 | 99): Figure =>
    measured(() => percentileFigure(later, rank, millisecondsText));
  const tpot = (rank: 50 | 95): Figure => measured(() => percentileFigure(tpotMs, rank, millisecondsText));
  return {
    transport: samples.transport,
    via: samples.via,
    requests: samples.requests,
    failed: samples.failed,
    ttftFirstMs: measured(() => percentileFigure(first, 50, millisecondsText)),
    ttftMs: {
      p50: ttft(50),
      p90: ttft(90),
      p95: ttft(95),
      p99: ttft(99),
      maximum: measured(() => maximumFigure(later)),
    },
    tpotMs: { p50: tpot(50), p95: tpot(95) },
    decodeTokensPerSecond: measured(() => rateOf(samples.decode)),
    deliveredTokensPerSecond: measured(() => rateOf(samples.delivered)),
    ...(notMeasured === undefined ? {} : { notMeasured }),
  };
}

/** Once, and quickly: every percentile sorts what it is given, and sorted samples take it no time. */
function sorted(samples: readonly number[]): number[] {
  return [...Float64Array.from(samples).sort()];
}

function rateOf({ tokens, us, requests, leftOut }: SumOfRates): Figure {
  if (requests > 0 && us > 0) return known((tokens * 1e6) / us, requests);
  return refusal(
    leftOut === 0 ? 'no request was answered' : `not measurable in any of ${leftOut} requests`,
    0,
  );
}
