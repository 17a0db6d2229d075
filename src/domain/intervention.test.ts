import { expect, test } from 'vitest';
import { type InterventionRecord, parseMoment, sinceOrder } from './intervention.ts';

test.each([
  ['after-tool-call 2', { kind: 'after-tool-call', count: 2 }],
  ['after-seconds 5', { kind: 'after-seconds', seconds: 5 }],
  ['after-seconds 0.5', { kind: 'after-seconds', seconds: 0.5 }],
  ['during-stream', { kind: 'during-stream', answer: 1 }],
  ['during-stream 3', { kind: 'during-stream', answer: 3 }],
])('"%s" is a moment', (text, moment) => {
  expect(parseMoment(text)).toEqual(moment);
});

test.each([
  'after-tool-call',
  'after-tool-call 0',
  'after-tool-call 1.5',
  'after-seconds 0',
  'during-stream 0',
  'during-stream  1',
  'before-tool-call 1',
  '',
])('"%s" is none', (text) => {
  expect(parseMoment(text)).toBeUndefined();
});

test('times count from the order; what had ended before it took none, and what never came has none', () => {
  const marks = { lastOldToken: 900, firstNewToken: 1500 };
  const record: InterventionRecord = {
    kind: 'redirect',
    at: 'during-stream',
    delivered: 'in-time',
    orderedUs: 1000,
    marks,
    staleActions: 0,
  };
  expect(sinceOrder(record, 'lastOldToken')).toBe(0);
  expect(sinceOrder(record, 'firstNewToken')).toBe(500);
  expect(sinceOrder(record, 'firstFollowingAction')).toBeUndefined();
});
