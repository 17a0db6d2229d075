import { expect, test } from 'vitest';
import type { RequestRecord } from '../domain/request-record.ts';
import { decodeRate, decodeUs, tpotUs } from './latency.ts';

function recordOf(
  marks: Partial<RequestRecord['marks']>,
  output: number | undefined,
  reasoning = 0,
  reasoningStreamed?: boolean,
): RequestRecord {
  return {
    schemaVersion: 1,
    trialId: 't',
    turn: 1,
    attempt: 1,
    kind: 'turn',
    provider: 'p',
    model: 'm',
    transport: 'responses-sse',
    connectionReused: false,
    chained: false,
    simulated: true,
    status: 'completed',
    backoffUs: 0,
    marks: { t0: 0, ...marks },
    chunks: 1,
    requestBytes: 0,
    ...(output === undefined
      ? {}
      : { usage: { input: 1, cachedInput: 0, output, reasoning, estimated: false } }),
    ...(reasoningStreamed === undefined ? {} : { reasoningStreamed }),
  };
}

const textMarks = (first: number, last: number) => ({
  firstAction: first,
  firstText: first,
  lastToken: last,
});

test('101 tokens from 0.25 s to 1.25 s: 10 ms a token, 100 tokens a second', () => {
  const record = recordOf(textMarks(250_000, 1_250_000), 101);
  expect(decodeUs(record)).toBe(1_000_000);
  expect(tpotUs(record)).toEqual({ status: 'measured', value: 10_000 });
  expect(decodeRate(record)).toEqual({ status: 'measured', value: 100 });
});

test('hidden reasoning is not counted into a window that it does not fill', () => {
  const record = recordOf(textMarks(4_000_000, 4_500_000), 600, 500);
  expect(decodeRate(record)).toEqual({ status: 'measured', value: 198 });
});

test('a streamed summary is not the reasoning: the window starts with the action', () => {
  const record = recordOf({ ...textMarks(4_000_000, 4_500_000), firstReasoning: 500_000 }, 600, 500);
  expect(decodeRate(record)).toEqual({ status: 'measured', value: 198 });
  expect(decodeUs(record)).toBe(4_000_000);
});

test('raw reasoning counts, from its first token on', () => {
  const record = recordOf({ ...textMarks(4_000_000, 5_500_000), firstReasoning: 500_000 }, 501, 400, true);
  expect(decodeRate(record)).toEqual({ status: 'measured', value: 100 });
});

test('a burst of held-back tokens has no rate', () => {
  expect(decodeRate(recordOf(textMarks(1_000_000, 1_004_000), 200)).status).toBe('not-measurable');
  expect(decodeRate(recordOf(textMarks(1_000_000, 1_004_000), 50)).status).toBe('measured');
  expect(tpotUs(recordOf(textMarks(1_000_000, 1_000_000), 20)).status).toBe('not-measurable');
});

test('unknown is not a number: no tokens, one token, no usage', () => {
  expect(decodeUs(recordOf({}, 10))).toBeUndefined();
  expect(decodeRate(recordOf({}, 10)).status).toBe('not-measurable');
  expect(tpotUs(recordOf(textMarks(1, 100_000), 1)).status).toBe('not-measurable');
  expect(tpotUs(recordOf(textMarks(1, 100_000), undefined)).status).toBe('not-measurable');
});

test.each([
  ['ten times as many as came', 1000, 400, 'the usage counts 1000 visible tokens, and 400 bytes came'],
  ['far fewer than came', 10, 4000, 'the usage counts 10 visible tokens, and 4000 bytes came'],
])('a usage that counts %s gives no rate', (_name, output, visibleBytes, reason) => {
  const record = { ...recordOf(textMarks(0, 1_000_000), output), visibleBytes };
  expect(decodeRate(record)).toEqual({ status: 'not-measurable', reason });
});

test.each([
  ['four bytes a token', 100, 400],
  ['a byte a token', 100, 100],
  ['a call with a long name and no arguments', 20, 2],
  ['long runs of blanks', 100, 3000],
])('a usage that may be right gives one: %s', (_name, output, visibleBytes) => {
  const record = { ...recordOf(textMarks(0, 1_000_000), output), visibleBytes };
  expect(decodeRate(record)).toEqual({ status: 'measured', value: output - 1 });
});
