import { describe, expect, test } from 'vitest';
import type { RequestRecord } from '../../domain/request-record.ts';
import { requestRecord } from '../../testing/scripted-inference.ts';
import { modelProfile } from '../../testing/tasks.ts';
import { armFigures } from './arm-figures.ts';
import { roundTripOverhead } from './round-trip-overhead.ts';

const ms = 1_000;

/** TTFT 250 ms, 101 tokens of which the last came after 1250 ms, complete at 1300 ms. */
function answer(turn: number, overrides: Partial<RequestRecord> = {}): RequestRecord {
  return requestRecord({
    turn,
    marks: {
      t0: 0,
      accepted: 20 * ms,
      created: 30 * ms,
      firstToolArg: 250 * ms,
      firstAction: 250 * ms,
      lastToken: 1250 * ms,
      completed: 1300 * ms,
    },
    usage: { input: 10, cachedInput: 0, output: 101, reasoning: 0, estimated: false },
    chunks: 50,
    requestBytes: 100 * turn,
    ...overrides,
  });
}

const arm = (records: readonly RequestRecord[]) =>
  armFigures({ model: modelProfile(), records, endedBy: undefined });

test('the figures of a request whose numbers are known', () => {
  const figures = arm(Array.from({ length: 8 }, (_, index) => answer(index + 1)));
  expect(figures.rounds).toBe(7);
  expect(figures.ttftMs).toMatchObject({ median: 250, interval: { low: 250, high: 250 }, n: 7 });
  expect(figures.createdMs.median).toBe(30);
  expect(figures.tpotMs.median).toBe(10);
  expect(figures.decodeTokensPerSecond.median).toBe(100);
  expect(figures.deliveredTokensPerSecond.median).toBeCloseTo(101 / 1.3, 9);
  expect(figures.requestBytes).toEqual({ first: 100, last: 800, total: 3600 });
});

test('the first request enters no figure but its own', () => {
  const slow = answer(1, {
    marks: { connectStart: -90 * ms, connectEnd: 0, t0: 0, firstAction: 900 * ms, completed: 1000 * ms },
  });
  const figures = arm([slow, ...Array.from({ length: 7 }, (_, index) => answer(index + 2))]);
  expect(figures.first).toEqual({ connectMs: 90, ttftMs: 900, totalMs: 1000 });
  expect(figures.ttftMs.interval).toEqual({ low: 250, high: 250 });
});

test('the median with an interval and the percentile p50 are one figure', () => {
  const slower = (turn: number): RequestRecord =>
    answer(turn, {
      marks: { ...answer(turn).marks, firstAction: (200 + turn ** 2) * ms, firstToolArg: 900 * ms },
    });
  const { ttftMs, ttftPercentilesMs } = arm(Array.from({ length: 13 }, (_, index) => slower(index + 1)));
  expect(ttftPercentilesMs.p50).toEqual({ status: 'value', value: ttftMs.median, n: 12 });
  expect(ttftMs.median).toBe(200 + (49 + 64) / 2);
});

test('failed attempts and new connections are counted, not measured', () => {
  const failed = answer(2, { status: 'failed', marks: { t0: 0 } });
  const reconnected = answer(3, { marks: { ...answer(3).marks, connectStart: -5, connectEnd: -1 } });
  const figures = arm([answer(1), failed, answer(2, { attempt: 2 }), reconnected]);
  expect(figures).toMatchObject({ rounds: 2, failedAttempts: 1, reconnects: 1 });
});

test('rounds without a figure are left out and counted; none at all says why', () => {
  const burst = answer(2, { usage: { input: 1, cachedInput: 0, output: 1, reasoning: 0, estimated: false } });
  const some = arm([answer(1), ...Array.from({ length: 6 }, (_, index) => answer(index + 2)), burst]);
  expect(some.tpotMs).toMatchObject({ n: 6, leftOut: 1, median: 10 });
  const none = arm([answer(1), burst, burst]);
  expect(none.tpotMs).toEqual({ n: 0, leftOut: 2, reason: 'fewer than two visible tokens' });
});

describe('the overhead of a round trip', () => {
  test('is what is left beside decoding and the server’s own time to its first token', () => {
    const stamps = { received: 7_000_000, firstToken: 7_000_000 + 220 * ms };
    expect(roundTripOverhead(answer(2, { serverStamps: stamps }))).toEqual({
      measure: { status: 'measured', value: 80 * ms },
      source: 'server stamps',
    });
  });

  test('takes the engine’s time from the provider’s timing event', () => {
    const serverTiming = { engine_service_ttft_total_ms: 200 };
    expect(roundTripOverhead(answer(2, { serverTiming }))).toEqual({
      measure: { status: 'measured', value: 100 * ms },
      source: 'engine timing',
    });
  });

  test.each([undefined, {}, { engine_service_ttft_total_ms: 'soon' }])(
    'cannot be measured with %o',
    (serverTiming) => {
      const record = answer(2, serverTiming === undefined ? {} : { serverTiming });
      const { measure, source } = roundTripOverhead(record);
      expect(measure).toEqual({ status: 'not-measurable', reason: 'the provider sends no timing' });
      expect(source).toBe('none');
    },
  );
});
