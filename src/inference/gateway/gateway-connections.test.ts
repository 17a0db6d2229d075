import { once } from 'node:events';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { ProxyAttempt } from './gateway.ts';
import {
  answerEvents,
  askAsAgent,
  openTestTrial,
  realModel,
  sse,
  startScriptedServer,
} from './gateway-fixtures.ts';

const ask = { path: '/v1/responses', body: { model: 'real', stream: true, input: 'Hello' } };

test('a kept connection that the provider had closed is replaced at once', async () => {
  await using server = await startScriptedServer({
    onRequest: ({ request }, response, number) => {
      if (number === 2) request.socket.destroy();
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(answerEvents('r', 'x')));
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)], {
    retry: { maxAttempts: 1, baseMs: 5000, maxMs: 5000 },
  });
  expect((await askAsAgent(opened.trial, ask)).status).toBe(200);
  expect((await askAsAgent(opened.trial, ask)).status).toBe(200);
  expect(
    opened.records.map(({ turn, attempt, status, connectionReused, backoffUs }) => [
      [turn, attempt, backoffUs],
      [status, connectionReused],
    ]),
  ).toEqual([
    [
      [1, 1, 0],
      ['completed', false],
    ],
    [
      [2, 1, 0],
      ['failed', true],
    ],
    [
      [2, 2, 0],
      ['completed', false],
    ],
  ]);
});

test('what is meant for other hosts goes to the forward proxy, which tells of every try', async () => {
  const attempts: ProxyAttempt[] = [];
  await using opened = await openTestTrial([], {
    trial: { allowedHosts: ['example.org'], onProxyAttempt: (attempt) => attempts.push(attempt) },
  });
  const { socketPath } = opened.trial;
  const plain = http.get({ socketPath, path: 'http://elsewhere.test/x' });
  const [answer] = (await once(plain, 'response')) as [http.IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(403);
  const tunnel = http.request({ socketPath, method: 'CONNECT', path: 'elsewhere.test:443' }).end();
  const [refusal, stream] = (await once(tunnel, 'connect')) as [http.IncomingMessage, Duplex];
  stream.destroy();
  expect(refusal.statusCode).toBe(403);
  expect(attempts.map(({ host, port, allowed }) => [host, port, allowed])).toEqual([
    ['elsewhere.test', 80, false],
    ['elsewhere.test', 443, false],
  ]);
});

test('a trial without a model has no door for one', async () => {
  await using opened = await openTestTrial([]);
  expect((await askAsAgent(opened.trial, ask)).status).toBe(404);
  expect(JSON.parse((await askAsAgent(opened.trial, { path: '/v1/models' })).body)).toMatchObject({
    data: [],
  });
});
