import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { headBytes } from './message-head.ts';
import { ProviderPool } from './provider-pool.ts';

interface Heard {
  readonly status: number;
  readonly body: string;
  readonly isReused: boolean;
}

/** A provider that answers the n-th request of all with the bytes given, or as it likes. */
async function provider(onRequest: (socket: Socket, number: number) => void): Promise<URL> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      requests += 1;
      onRequest(socket, requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // listening on TCP
}

function openPool(): ProviderPool {
  const pool = new ProviderPool();
  onTestFinished(() => pool.close());
  return pool;
}

function ask(pool: ProviderPool, url: URL, body = Buffer.from('{}')): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const heard = { status: 0, body: '', isReused: false };
  pool.send(url, {
    head: headBytes('POST / HTTP/1.1', ['host', url.host, 'content-length', String(body.length)]),
    body,
    onConnecting: () => {},
    onConnected: () => {},
    onSend: (isReused) => {
      heard.isReused = isReused;
    },
    onSent: () => {},
    onHead: ({ status }) => {
      heard.status = status;
    },
    onBody: (chunk) => {
      heard.body += chunk.toString();
    },
    onEnd: () => resolve(heard),
    onError: reject,
  });
  return promise;
}

test.each([
  ['with a length', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'],
  ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  [
    'after what only announces it',
    'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
  ],
  ['with trailers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\n'],
])('an answer %s leaves its connection for the next request', async (_, bytes) => {
  const url = await provider((socket) => {
    for (const byte of Buffer.from(bytes)) socket.write(Buffer.of(byte));
  });
  const pool = openPool();
  expect(await ask(pool, url)).toEqual({ status: 200, body: 'hello', isReused: false });
  expect(await ask(pool, url)).toEqual({ status: 200, body: 'hello', isReused: true });
});

test.each([
  ['204', 'content-length: 5\r\n'],
  ['304', 'transfer-encoding: chunked\r\n'],
])('an answer of status %s has no body, whatever its head says', async (status, headers) => {
  const url = await provider((socket) => socket.write(`HTTP/1.1 ${status} Nothing\r\n${headers}\r\n`));
  const pool = openPool();
  await ask(pool, url);
  expect(await ask(pool, url)).toEqual({ status: Number(status), body: '', isReused: true });
});

test.each([
  ['ends with its connection', 'HTTP/1.1 200 OK\r\n\r\nhello'],
  ['says that it closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello'],
  ['closes soon', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 5\r\n\r\nhello'],
])('one that %s does not', async (_, bytes) => {
  const url = await provider((socket) => {
    if (bytes.includes('keep-alive')) socket.write(bytes);
    else socket.end(bytes);
  });
  const pool = openPool();
  for (let time = 0; time < 2; time += 1) {
    expect(await ask(pool, url)).toEqual({ status: 200, body: 'hello', isReused: false });
  }
});

test.each([
  ['no HTTP', 'hello\r\n\r\n', /parse|HPE|invalid/i],
  [
    'a change of protocol',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nrest',
    /protocol/,
  ],
  [
    'a change of protocol without a word in the new one',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    /protocol/,
  ],
  ['a change to no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', /protocol/],
  ['a length that is said twice', 'HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello', /content-length/],
  [
    'a length beside chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n',
    /content-length/,
  ],
  ['less than it promised', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello', /EOF|closed/],
  ['chunks without an end', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n', /EOF|closed/],
  [
    'a chunk of no size',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\nxy\r\n\r\n',
    /chunk of NaN/,
  ],
  ['nothing', '', /EOF|closed/],
])('%s is an error', async (_, bytes, message) => {
  const url = await provider((socket) => socket.end(bytes));
  await expect(ask(openPool(), url)).rejects.toThrow(message);
});

test('whatever comes unasked ends a kept connection', async () => {
  const url = await provider((socket, number) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
    if (number === 1) globalThis.setTimeout(() => socket.write('HTTP/1.1 408 Timeout\r\n\r\n'), 5);
  });
  const pool = openPool();
  await ask(pool, url);
  await setTimeout(40);
  expect(await ask(pool, url)).toMatchObject({ isReused: false, status: 200 });
});

test.each([
  ['another answer', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother'],
  ['a part of another answer', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\not'],
  ['a word', 'x'],
])('%s behind the one that was asked for ends its connection', async (_, more) => {
  const url = await provider((socket, number) =>
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello${number === 1 ? more : ''}`),
  );
  const pool = openPool();
  const hello = { status: 200, body: 'hello', isReused: false };
  expect(await ask(pool, url)).toEqual(hello);
  expect(await Promise.all([ask(pool, url), ask(pool, url)])).toEqual([hello, hello]);
});

test('an answer before the request has gone out leaves no connection for the next', async () => {
  const url = await provider((socket, number) => {
    if (number === 1) socket.pause();
    socket.write('HTTP/1.1 413 No\r\ncontent-length: 2\r\n\r\nno');
  });
  const pool = openPool();
  expect(await ask(pool, url, Buffer.alloc(30_000_000))).toMatchObject({ status: 413 });
  expect(await ask(pool, url)).toMatchObject({ status: 413, isReused: false });
});

test('nothing is asked on a connection whose end has come', async () => {
  const url = await provider((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'));
  for (let turns = 0; turns < 8; turns += 1) {
    const pool = openPool();
    await ask(pool, url);
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();
    const error = await ask(pool, url).then(
      () => '',
      ({ message }) => message, // the end may still be on its way
    );
    expect(error).not.toContain('after end');
  }
});

test('an answer that is awaited while the pool closes is an error', async () => {
  const url = await provider(() => {});
  const pool = openPool();
  const asked = ask(pool, url);
  const awaited = expect(asked).rejects.toThrow('closed');
  await setTimeout(20);
  pool.close();
  await awaited;
});

test('a port where nobody listens is an error', async () => {
  const url = await provider(() => {});
  await expect(ask(openPool(), new URL(`http://127.0.0.1:1`))).rejects.toThrow('ECONNREFUSED');
  expect(url.protocol).toBe('http:');
});

test('over TLS, too, and only with a certificate that holds', async () => {
  const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
  const cert = fixture('localhost.crt');
  const server = https.createServer({ cert, key: fixture('localhost.key') }, (_, response) =>
    response.end('hello'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}`); // listening on TCP
  await expect(ask(openPool(), url)).rejects.toThrow('self-signed');
  const usual = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...usual, cert]);
  onTestFinished(() => tls.setDefaultCACertificates(usual));
  const pool = openPool();
  expect(await ask(pool, url)).toEqual({ status: 200, body: 'hello', isReused: false });
  expect(await ask(pool, url)).toEqual({ status: 200, body: 'hello', isReused: true });
});
