import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { AgentConnection, type AgentConnectionOptions, type AgentRequest } from './agent-connection.ts';
import type { Reply } from './reply.ts';

const noHeaders = ['content-type', 'text/plain'];

async function serve(
  onRequest: AgentConnectionOptions['onRequest'],
  rest: Partial<AgentConnectionOptions> = {},
): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    new AgentConnection({
      socket,
      longestBody: 1000,
      onRequest,
      onOther: (taken) => taken.destroy(),
      ...rest,
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port; // listening on TCP
}

const answerWithUrl: AgentConnectionOptions['onRequest'] = ({ url }, _, reply) => {
  reply.begin(200, 'OK', noHeaders);
  reply.end(Buffer.from(url));
};

/** Writes what is given, piece by piece, and gives back all that comes until the end. */
async function speak(port: number, ...pieces: string[]): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  const closed = once(socket, 'close');
  let heard = '';
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
  });
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    await setTimeout(10);
  }
  await closed;
  return heard;
}

test('requests that were sent ahead are answered in their order', async () => {
  const port = await serve(async (request, _, reply) => {
    if (request.url === '/1') await setTimeout(30);
    answerWithUrl(request, _, reply);
  });
  const heard = await speak(
    port,
    'GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nconnection: close\r\n\r\n',
  );
  expect(heard.match(/(?<=\r\n)\/\d/g)).toEqual(['/1', '/2', '/3']);
});

test('a request may come in any pieces, its body in chunks', async () => {
  const bodies: unknown[] = [];
  const port = await serve((request, body, reply) => {
    bodies.push(body.toString());
    answerWithUrl(request, body, reply);
  });
  const request =
    'POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n2;note\r\nde\r\n0\r\ntrailer: x\r\n\r\n';
  await speak(port, ...(request.match(/[\s\S]{1,7}/g) ?? []));
  expect(bodies).toEqual(['abcde']);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['a length that is none', 'POST / HTTP/1.1\r\ncontent-length: -4\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde'],
  ['a length that is said twice', 'POST / HTTP/1.1\r\ncontent-length: 1, 1\r\n\r\na'],
  [
    'a length beside chunks',
    'POST / HTTP/1.1\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['an encoding that nobody knows', 'POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
  ['a chunk without a size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
  ['a chunk of a negative size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n-1\r\na\r\n'],
  ['an endless line', `POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n${'1'.repeat(40_000)}`],
  ['an endless head', `POST / HTTP/1.1\r\n${'x: y\r\n'.repeat(60_000)}`],
])('%s is a bad request, and the end of the connection', async (_, bytes) => {
  const port = await serve(() => expect.fail('it is no request'));
  expect(await speak(port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
});

test('a body that is too long is read to its end and not kept', async () => {
  const bodies: unknown[] = [];
  const port = await serve((request, body, reply) => {
    bodies.push(body);
    answerWithUrl(request, body, reply);
  });
  const head = 'POST /x HTTP/1.1\r\nconnection: close\r\ncontent-length: 5000\r\n\r\n';
  expect(await speak(port, head + 'x'.repeat(5000))).toContain('200 OK');
  expect(bodies).toEqual(['too-long']);
});

test('HTTP/1.0 gets its body without chunks, and HEAD gets none', async () => {
  const port = await serve(answerWithUrl);
  expect(await speak(port, 'GET /old HTTP/1.0\r\n\r\n')).toMatch(/connection: close\r\n\r\n\/old$/);
  const heard = await speak(port, 'HEAD /x HTTP/1.1\r\nconnection: close\r\n\r\n');
  expect(heard).toMatch(/connection: close\r\n\r\n$/);
});

test('an agent that hangs up is noticed, whether it waits for an answer or for the rest of one', async () => {
  const gone: string[] = [];
  const port = await serve(({ url }, _, reply) => {
    reply.onClosed(() => gone.push(`${url} ${reply.isWhole}`));
    if (url === '/begun') reply.begin(200, 'OK', noHeaders);
  });
  for (const url of ['/new', '/begun']) {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.write(`GET ${url} HTTP/1.1\r\n\r\n`);
    await setTimeout(20);
    socket.destroy();
  }
  await expect.poll(() => gone).toEqual(['/new false', '/begun false']);
});

test('a connection is handed over with the request that is for somebody else', async () => {
  const others = http.createServer((request, response) => response.end(`other ${request.url}`));
  const port = await serve(answerWithUrl, {
    onOther: (socket, bytes) => {
      socket.unshift(bytes);
      others.emit('connection', socket);
      socket.resume();
    },
  });
  const heard = await speak(
    port,
    'GET /mine HTTP/1.1\r\n\r\n',
    'GET http://example.org/yours HTTP/1.1\r\nhost: example.org\r\nconnection: close\r\n\r\n',
  );
  expect(heard).toContain('/mine');
  expect(heard).toContain('other http://example.org/yours');
});

test('what is written in one tick goes out together, and a slow reader is told of', async () => {
  const replies: Reply[] = [];
  const requests: AgentRequest[] = [];
  const port = await serve((request, _, reply) => {
    requests.push(request);
    replies.push(reply);
    reply.begin(200, 'OK', noHeaders);
    reply.write(Buffer.from('a'));
    reply.write(Buffer.from('b'));
  });
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.write('GET / HTTP/1.1\r\nX-Case: Kept\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toMatch(/\r\n\r\n1\r\na\r\n1\r\nb\r\n$/);
  expect(requests[0]).toMatchObject({ rawHeaders: ['X-Case', 'Kept'], headers: { 'x-case': 'Kept' } });
  socket.pause();
  const [reply] = replies;
  for (let written = 0; reply?.isFull === false && written < 1000; written += 1) {
    reply.write(Buffer.alloc(64 * 1024));
    await setTimeout(0);
  }
  expect(reply?.isFull).toBe(true);
  const drained = new Promise<void>((resolve) => reply?.onDrain(resolve));
  socket.resume();
  await drained;
  socket.destroy();
});

test('a head may be long, in pieces, too', async () => {
  const sizes: unknown[] = [];
  const port = await serve((request, body, reply) => {
    sizes.push(request.headers['x-long']?.length);
    answerWithUrl(request, body, reply);
  });
  const part = 'x'.repeat(20_000);
  const heard = await speak(port, `GET / HTTP/1.1\r\nx-long: ${part}`, part, '\r\nconnection: close\r\n\r\n');
  expect(heard).toContain('200 OK');
  expect(sizes).toEqual([40_000]);
});

test.each([
  ['something for somebody else', 'CONNECT example.org:443 HTTP/1.1\r\n\r\n'],
  ['no HTTP', 'hello\r\n\r\n'],
])('%s amid an answer breaks it off, and the request', async (_, bytes) => {
  const ends: string[] = [];
  const port = await serve((_request, _body, reply) => {
    reply.gone.addEventListener('abort', () => ends.push('gone'));
    reply.onClosed(() => ends.push(`closed ${reply.isWhole}`));
    reply.begin(200, 'OK', ['content-length', '500']);
    reply.write(Buffer.from('begun'));
  });
  const heard = await speak(port, 'GET / HTTP/1.1\r\n\r\n', bytes);
  expect(heard).toMatch(/\r\n\r\nbegun$/);
  await expect.poll(() => ends).toEqual(['gone', 'closed false']);
});

test('after the last answer of a connection nothing more is asked on it', async () => {
  const urls: string[] = [];
  const port = await serve((request, body, reply) => {
    urls.push(request.url);
    answerWithUrl(request, body, reply);
  });
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.resume();
  client.write('GET /1 HTTP/1.1\r\nconnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n');
  await once(client, 'end');
  client.end('GET /3 HTTP/1.1\r\n\r\n');
  await once(client, 'close');
  await setTimeout(20);
  expect(urls).toEqual(['/1']);
});

test('whoever a request is for says by himself that its body may come', async () => {
  const port = await serve(answerWithUrl, { onOther: (socket, bytes) => void socket.end(bytes) });
  const request = 'POST http://example.org/ HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';
  expect(await speak(port, request)).toBe(request);
});

test('an agent that sends far ahead is read no further until it has been answered', async () => {
  const replies: Reply[] = [];
  const { promise, resolve } = Promise.withResolvers<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    resolve(socket);
    const onRequest: AgentConnectionOptions['onRequest'] = (_request, _body, reply) => replies.push(reply);
    new AgentConnection({ socket, longestBody: 1000, onRequest, onOther: (taken) => taken.destroy() });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1'); // listening on TCP
  client.on('error', () => {}); // it is sent away below
  client.write('GET / HTTP/1.1\r\n\r\n'.repeat(100_000));
  const socket = await promise;
  onTestFinished(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  await setTimeout(50);
  const read = socket.bytesRead;
  for (let number = 0; number < 5; number += 1) {
    replies[number]?.begin(200, 'OK', ['content-length', '0']);
    replies[number]?.end();
    await setTimeout(10);
  }
  expect(replies).toHaveLength(6);
  expect(socket.bytesRead).toBe(read);
});
