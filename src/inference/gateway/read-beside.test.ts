import { expect, test } from 'vitest';
import { StreamWatch } from '../transports/stream-watch.ts';
import type { ExchangeEnding } from '../transports/transport.ts';
import { type Door, routeOf } from './doors.ts';
import { readJson } from './read-beside.ts';

function endingOf(path: string, answer: object): ExchangeEnding | undefined {
  const door = routeOf(path)?.door as Door; // the paths below are all served
  let ending: ExchangeEnding | undefined;
  const watch = new StreamWatch({
    signal: new AbortController().signal,
    onEnd: (how) => {
      ending = how;
    },
  });
  const reading = readJson(door, door.createReader({ onText: () => {}, wallMs: () => 0 }), watch);
  reading.take(Buffer.from(JSON.stringify(answer)), 1);
  reading.end(2);
  return ending;
}

const error = { type: 'overloaded_error', code: 'server_error', message: 'boom' };

test.each([
  ['/v1/responses', { status: 'failed', error }],
  ['/v1/responses', { error }],
  ['/v1/chat/completions', { error }],
  ['/v1/messages', { type: 'error', error }],
])('an answer in one piece at %s that says that it failed has failed: %j', (path, answer) => {
  expect(endingOf(path, answer)).toMatchObject({ kind: 'failed', failure: { retryable: true } });
});

test.each([
  ['/v1/responses', { status: 'completed', error: null, output: [] }],
  ['/v1/responses', { status: 'incomplete', error: null, output: [] }],
  ['/v1/chat/completions', { choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] }],
  ['/v1/messages', { type: 'message', content: [], stop_reason: 'end_turn' }],
  ['/v1/messages/count_tokens', { input_tokens: 3 }],
])('any other at %s is an answer', (path, answer) => {
  expect(endingOf(path, answer)).toEqual({ kind: 'answered' });
});
