import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { askAsAgent, openTestTrial, realModel } from './gateway-fixtures.ts';

const ask = { path: '/v1/responses', body: { model: 'real', stream: true, input: [] } };

test.each(['O\u0001K', '\u00e9t\u00e9', ''])('a provider may say "%s" beside its status', async (words) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () =>
      socket.end(`HTTP/1.1 200 ${words}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`, 'latin1'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP
  await using opened = await openTestTrial([realModel(`http://127.0.0.1:${port}/v1`)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(answer).toMatchObject({ status: 200, body: '{}' });
  server.close();
});
