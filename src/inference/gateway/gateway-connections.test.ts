import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createForwardProxy } from './forward-proxy.ts';
import type { ProxyAttempt } from './gateway.ts';
import {
  answerEvents,
  askAsAgent,
  openTestTrial,
  realModel,
  sendAsAgent,
  sse,
  startScriptedServer,
} from './gateway-fixtures.ts';
import type { TrialContext } from './trial-context.ts';
import { createTrialServer } from './trial-server.ts';

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

test('what is asked at a door behind a request to another host is answered, too', async () => {
  await using elsewhere = await startScriptedServer({
    onRequest: (_, response) => void response.end('there'),
  });
  const { port } = new URL(elsewhere.baseUrl);
  await using proxy = createForwardProxy({
    allowedHosts: [`127.0.0.1:${port}`],
    allowPrivate: true,
    onAttempt: () => {},
  });
  const context = { models: [] } as unknown as TrialContext; // a list of models needs no more
  const server = createTrialServer({ context, token: Buffer.from('token'), proxy });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port; // listening on TCP
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
    server.close();
  });
  const ask = async (path: string): Promise<string> => {
    const request = http.get({ port: own, agent, path, headers: { authorization: 'Bearer token' } });
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    return text(answer);
  };
  expect(await ask('/v1/models')).toContain('list');
  expect(await ask(`http://127.0.0.1:${port}/x`)).toBe('there');
  expect(await ask('/v1/models')).toContain('list');
});

test('the path of a base URL is found, in whatever way its host is written', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(answerEvents('r', 'x'))),
  });
  const baseUrl = server.baseUrl.replace('127.0.0.1', '127.1');
  await using opened = await openTestTrial([realModel(baseUrl)]);
  expect((await askAsAgent(opened.trial, { ...ask, path: '/v1/responses?a=b' })).status).toBe(200);
  expect(server.received[0]?.request.url).toBe('/v1/responses?a=b');
});

test('a trial closes although an agent sent something else behind a request', async () => {
  await using server = await startScriptedServer({ onRequest: () => {} });
  await using opened = await openTestTrial([realModel(server.baseUrl)], { stallTimeoutMs: 60_000 });
  const request = sendAsAgent(opened.trial, { ...ask, headers: { connection: 'keep-alive' } });
  await expect.poll(() => server.received.length).toBe(1);
  request.socket?.write('CONNECT example.org:443 HTTP/1.1\r\n\r\n');
  await once(request, 'error'); // cut, as it has to be
  await expect.poll(() => opened.records.map(({ status }) => status)).toEqual(['aborted']);
});
