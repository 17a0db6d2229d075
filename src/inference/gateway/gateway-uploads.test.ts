import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { answerEvents, openTestTrial, realModel, sse, startScriptedServer } from './gateway-fixtures.ts';

const answering = () =>
  startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(answerEvents('r', 'x'))),
  });

test('a body in pieces of which the first waits to be asked for arrives whole', async () => {
  await using server = await answering();
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const body = JSON.stringify({ model: 'real', stream: true, input: 'ü'.repeat(2000) });
  const request = http.request({
    socketPath: opened.trial.socketPath,
    path: '/v1/responses',
    method: 'POST',
    headers: { authorization: `Bearer ${opened.trial.token}`, expect: '100-continue' },
  });
  request.flushHeaders();
  await once(request, 'continue');
  for (const byte of [body.slice(0, 1001), body.slice(1001)]) {
    request.write(byte);
    await setTimeout(5);
  }
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  expect(await text(response)).toBe(sse(answerEvents('r', 'x')));
  const [received] = server.received;
  expect(received?.body.toString()).toBe(body);
  expect(received?.request.headers).toMatchObject({ 'content-length': String(Buffer.byteLength(body)) });
  expect(received?.request.headers).not.toHaveProperty('expect');
});

test('a body of 60 MB passes, one that is too long is told so at its end', async () => {
  await using server = await answering();
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const send = async (megabytes: number): Promise<number | undefined> => {
    const request = http.request({
      socketPath: opened.trial.socketPath,
      path: '/v1/responses',
      method: 'POST',
      headers: { 'x-api-key': opened.trial.token },
    });
    request.write('{"model":"real","stream":true,"input":"');
    for (let left = megabytes; left > 0; left -= 1) request.write('x'.repeat(1_000_000));
    request.end('"}');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await text(response);
    return response.statusCode;
  };
  expect([await send(60), await send(70)]).toEqual([200, 413]);
  expect(server.received.map(({ body }) => body.length > 60_000_000)).toEqual([true]);
});

test.each(['HEAD', 'OPTIONS', 'DELETE'])('%s is not served', async (method) => {
  await using opened = await openTestTrial([realModel('http://127.0.0.1:1/v1')]);
  const { socketPath, token } = opened.trial;
  const headers = { authorization: `Bearer ${token}` };
  const request = http.request({ socketPath, path: '/v1/responses', method, headers }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await text(response);
  expect(response.statusCode).toBe(404);
});
