import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  answerEvents,
  askAsAgent,
  canary,
  openTestTrial,
  realModel,
  socketAsAgent,
  sse,
  startScriptedServer,
} from './gateway-fixtures.ts';

const ask = { path: '/v1/responses', body: { model: 'real', stream: true, input: [] } };
const echo = { 'x-echo': `Bearer ${canary}` };

test.each([
  ['an answer', 200, 'text/event-stream', sse(answerEvents('r', 'x'))],
  ['a refusal', 400, 'application/json', '{"error":{"message":"no"}}'],
])('the key is in no header of %s', async (_name, status, type, body) => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(status, { ...echo, 'content-type': type }).end(body),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect([answer.status, answer.headers['x-echo']]).toEqual([status, 'Bearer ***']);
});

test('nor in the answer to an upgrade', async () => {
  const refusal = `HTTP/1.1 400 Bad Request\r\nx-echo: ${canary}\r\ncontent-length: 0\r\n\r\n`;
  await using server = await startScriptedServer({ refuseUpgrade: () => refusal });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const socket = socketAsAgent(opened.trial);
  socket.on('error', () => {}); // refused
  const [, response] = await once(socket, 'unexpected-response');
  expect(response.headers['x-echo']).toBe('***');
});

test.each([
  ['a stream', 'text/event-stream', (text: string) => sse([{ type: 'error', code: 'oops', message: text }])],
  [
    'one piece',
    'application/json',
    (text: string) => JSON.stringify({ status: 'failed', error: { message: text } }),
  ],
])('nor in what comes as %s, whose length stays', async (_name, type, bodyOf) => {
  const body = bodyOf(`no such key: ${canary}, nor ${canary}.`);
  await using server = await startScriptedServer({
    onRequest: (_received, response) => {
      response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body);
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(answer.body).toBe(body.replaceAll(canary, '*'.repeat(canary.length)));
  expect(JSON.stringify(opened.records)).not.toContain(canary);
  expect(opened.records).toMatchObject([{ status: 'failed' }]);
});

test('nor where it comes in two pieces', async () => {
  const body = sse([{ type: 'error', code: 'oops', message: `no such key: ${canary}` }]);
  const cut = body.indexOf(canary) + 7;
  await using server = await startScriptedServer({
    onRequest: (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(body.slice(0, cut));
      setTimeout(() => response.end(body.slice(cut)), 20);
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(answer.body).toBe(body.replaceAll(canary, '*'.repeat(canary.length)));
});

test('nor in a record of what was cut off within it', async () => {
  const said = `${'x'.repeat(290)}${canary}`; // 300 letters of it are kept
  const refusal = `HTTP/1.1 400 Bad Request\r\ncontent-length: ${said.length}\r\n\r\n${said}`;
  await using server = await startScriptedServer({ refuseUpgrade: () => refusal });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const socket = socketAsAgent(opened.trial);
  socket.on('error', () => {}); // refused
  await once(socket, 'unexpected-response');
  await expect.poll(() => opened.records).toHaveLength(1);
  expect(JSON.stringify(opened.records)).not.toContain(canary.slice(0, 8));
});
