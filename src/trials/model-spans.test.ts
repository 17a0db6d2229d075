import { expect, test } from 'vitest';
import { requestRecord } from '../testing/scripted-inference.ts';
import { modelSpans } from './model-spans.ts';

const spansOf = (...args: Parameters<typeof modelSpans>): unknown[] =>
  modelSpans(...args).map(({ part, startUs, endUs }) => [part, startUs, endUs]);

test('divides a request into back-off, connecting, waiting and decoding', () => {
  const record = requestRecord({
    backoffUs: 50,
    marks: {
      connectStart: 100,
      connectEnd: 150,
      t0: 160,
      firstReasoning: 300,
      firstAction: 400,
      completed: 900,
    },
  });
  expect(spansOf(record, 950)).toEqual([
    ['model.backoff', 50, 100],
    ['model.connect', 100, 150],
    ['model.wait', 160, 300],
    ['model.decode', 300, 900],
  ]);
});

test('the wait for the provider’s limits is back-off, too', () => {
  const record = requestRecord({ backoffUs: 50, paceUs: 30, marks: { t0: 100, completed: 100 } });
  expect(spansOf(record, 100)).toEqual([['model.backoff', 20, 100]]);
});

test('a connection may be older than the wait for the request’s leave', () => {
  const marks = { connectStart: 100, connectEnd: 150, t0: 900, completed: 900 };
  expect(spansOf(requestRecord({ paceUs: 300, marks }), 900)).toEqual([
    ['model.backoff', 600, 900],
    ['model.connect', 100, 150],
  ]);
});

test('a record that comes late does not make the wait longer', () => {
  const marks = { t0: 100, completed: 400 };
  expect(spansOf(requestRecord({ marks }), 700)).toEqual([['model.wait', 100, 400]]);
});

test('a request that brought no token waited until it ended', () => {
  expect(spansOf(requestRecord({ marks: { t0: 100 } }), 700)).toEqual([['model.wait', 100, 700]]);
});

test('a stream that broke was decoding until then', () => {
  expect(spansOf(requestRecord({ marks: { t0: 100, firstAction: 200 } }), 700)).toEqual([
    ['model.wait', 100, 200],
    ['model.decode', 200, 700],
  ]);
});
