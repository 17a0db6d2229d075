import { once } from 'node:events';
import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
} from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts';
import type { ProxyAttempt } from './gateway.ts';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

/** A port of this host with a server behind it. */
async function listen(server: Server | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Proxy {
  readonly port: number;
  readonly attempts: ProxyAttempt[];
  close(): Promise<void>;
}

/** The proxy behind an HTTP server of its own; names lead to this host unless the test says otherwise. */
async function startProxy(options: Partial<ForwardProxyOptions> = {}): Promise<Proxy> {
  const attempts: ProxyAttempt[] = [];
  const proxy = createForwardProxy({
    allowedHosts: [],
    onAttempt: (attempt) => attempts.push(attempt),
    wallMs: () => 5,
    resolve: async () => ['127.0.0.1'],
    allowPrivate: true,
    ...options,
  });
  const server = createHttpServer((request, response) => proxy.handleRequest(request, response));
  server.on('connect', (request, socket, head) => proxy.handleConnect(request, socket, head));
  const port = await listen(server);
  const close = async () => proxy[Symbol.asyncDispose]();
  cleanup.push(close);
  return { port, attempts, close };
}

/** What the proxy answered to CONNECT, and the connection. */
async function tunnel(
  port: number,
  authority: string,
): Promise<{ status: string; rest: string; socket: Socket }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  cleanup.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  const [head = '', rest = ''] = first.toString().split('\r\n\r\n');
  return { status: head.split('\r\n')[0] ?? '', rest, socket };
}

async function get(
  port: number,
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<{ status: number | undefined; body: string; response: IncomingMessage }> {
  const { method = 'GET', headers = {}, body } = options;
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    method,
    path: url,
    headers: { host: 'other.test', ...headers },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response), response };
}

describe('a tunnel', () => {
  test('carries bytes both ways and each end by itself', async () => {
    const echo = createTcpServer({ allowHalfOpen: true }, async (socket) => {
      socket.end(`heard ${(await buffer(socket)).length}`);
    });
    const target = await listen(echo);
    const { port, attempts } = await startProxy({ allowedHosts: [`example.org:${target}`] });
    const { status, socket } = await tunnel(port, `example.org:${target}`);
    expect(status).toBe('HTTP/1.1 200 Connection established');
    socket.end(Buffer.alloc(3_000_000));
    expect(await text(socket)).toBe('heard 3000000');
    expect(attempts).toEqual([{ atMs: 5, host: 'example.org', port: target, allowed: true }]);
  });

  test('to a host that is not on the list is refused with a sentence, and told', async () => {
    const { port, attempts } = await startProxy({ allowedHosts: ['example.org'] });
    const { status, rest } = await tunnel(port, 'Other.example.org:443');
    expect(status).toBe('HTTP/1.1 403 Forbidden');
    expect(rest).toContain('other.example.org:443 is not on the list of hosts that this task may reach');
    expect(attempts).toEqual([
      { atMs: 5, host: 'other.example.org', port: 443, allowed: false, reason: 'not on the list' },
    ]);
  });

  test.each(['127.0.0.1', '10.0.0.5', '169.254.169.254', '::1', 'fd00::2'])(
    'to a name that leads to %s is refused although it is on the list',
    async (address) => {
      const { port, attempts } = await startProxy({
        allowedHosts: ['example.org'],
        resolve: async () => [address],
        allowPrivate: false,
      });
      expect((await tunnel(port, 'example.org:443')).status).toContain('403');
      expect(attempts).toMatchObject([
        { allowed: false, reason: expect.stringContaining('public internet') },
      ]);
    },
  );

  test('to an address of this host is refused although a range on the list holds it', async () => {
    const target = await listen(createTcpServer());
    const { port, attempts } = await startProxy({
      allowedHosts: [`127.0.0.1:${target}`],
      allowPrivate: false,
    });
    expect((await tunnel(port, `127.0.0.1:${target}`)).status).toContain('403');
    expect(attempts).toMatchObject([{ host: '127.0.0.1', allowed: false }]);
  });

  test('goes to the address that was looked at, and the name is resolved once', async () => {
    let resolved = 0;
    const target = await listen(createTcpServer((socket) => socket.end('here')));
    const { port } = await startProxy({
      allowedHosts: [`example.org:${target}`],
      resolve: async () => {
        resolved += 1;
        return resolved === 1 ? ['127.0.0.1'] : ['192.0.2.1'];
      },
    });
    const { rest, socket } = await tunnel(port, `example.org:${target}`);
    expect(rest + (await text(socket))).toBe('here');
    expect(resolved).toBe(1);
  });

  test('to a host that refuses, that has no address or does not answer says which', async () => {
    const gone = createTcpServer();
    const target = await listen(gone);
    gone.close();
    const allowedHosts = ['*.example.org', `gone.example.org:${target}`];
    const { port, attempts } = await startProxy({
      allowedHosts,
      connectTimeoutMs: 100,
      resolve: async (host) => {
        if (host.startsWith('none')) throw new Error('no such name');
        if (host.startsWith('slow')) await new Promise(() => {});
        return ['127.0.0.1'];
      },
    });
    expect((await tunnel(port, `gone.example.org:${target}`)).status).toContain('502');
    expect((await tunnel(port, 'none.example.org:443')).rest).toContain('was not reached: no such name');
    expect((await tunnel(port, 'slow.example.org:443')).status).toContain('504');
    expect(attempts.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(attempts.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      'no such name',
      'no connection within 0.1 s',
    ]);
  });

  test('that is idle is ended, one that is used is not', async () => {
    const target = await listen(createTcpServer((socket) => socket.pipe(socket).on('error', () => {})));
    const { port } = await startProxy({ allowedHosts: [`example.org:${target}`], idleTimeoutMs: 400 });
    const { socket } = await tunnel(port, `example.org:${target}`);
    const start = performance.now();
    const used = setInterval(() => socket.write('.'), 50);
    setTimeout(() => clearInterval(used), 1000);
    socket.resume();
    await once(socket, 'end');
    expect(performance.now() - start).toBeGreaterThan(1300);
  });

  test('ends when the proxy is closed', async () => {
    const target = await listen(createTcpServer((socket) => socket.on('error', () => {})));
    const { port, close } = await startProxy({ allowedHosts: [`example.org:${target}`] });
    const { socket } = await tunnel(port, `example.org:${target}`);
    await close();
    socket.resume();
    await once(socket, 'end');
  });

  test('to what is no host and port is a bad request', async () => {
    const { port, attempts } = await startProxy({ allowedHosts: ['example.org'] });
    expect((await tunnel(port, 'example.org')).status).toContain('400');
    expect(attempts).toEqual([]);
  });
});

describe('a request for a whole URL', () => {
  test('goes to the host with path, body and headers, without those of the connection', async () => {
    const seen: { url?: string | undefined; headers?: IncomingMessage['headers']; body?: number } = {};
    const target = await listen(
      createHttpServer(async (request, response) => {
        seen.url = request.url;
        seen.headers = request.headers;
        seen.body = (await buffer(request)).length;
        response.writeHead(201, { 'x-answer': '1' }).end('done');
      }),
    );
    const { port, attempts } = await startProxy({ allowedHosts: [`example.org:${target}`] });
    const { status, body, response } = await get(port, `http://example.org:${target}/a?b=c`, {
      method: 'POST',
      headers: {
        'proxy-authorization': 'secret',
        'x-mine': '1',
        'transfer-encoding': 'chunked',
        'x-hop': '1',
        connection: 'x-hop',
      },
      body: Buffer.alloc(500_000),
    });
    expect({ status, body, header: response.headers['x-answer'] }).toEqual({
      status: 201,
      body: 'done',
      header: '1',
    });
    expect(seen).toMatchObject({ url: '/a?b=c', body: 500_000 });
    expect(seen.headers).toMatchObject({ host: `example.org:${target}`, 'x-mine': '1' });
    expect(seen.headers).not.toHaveProperty('proxy-authorization');
    expect(seen.headers).not.toHaveProperty('x-hop');
    expect(attempts).toEqual([{ atMs: 5, host: 'example.org', port: target, allowed: true }]);
  });

  test('to another host is refused and told', async () => {
    const { port, attempts } = await startProxy({ allowedHosts: ['example.org'] });
    const { status, body } = await get(port, 'http://other.org/');
    expect(status).toBe(403);
    expect(body).toContain('other.org:80 is not on the list');
    expect(attempts).toMatchObject([{ host: 'other.org', port: 80, allowed: false }]);
  });

  test.each(['https://example.org/', '/relative', 'ftp://example.org/'])(
    'as %s is a bad request',
    async (url) => {
      const { port } = await startProxy({ allowedHosts: ['example.org'] });
      expect((await get(port, url)).status).toBe(400);
    },
  );

  test('to a host that breaks off says so, and breaks off what has begun', async () => {
    const target = await listen(
      createHttpServer((request, response) => {
        if (request.url === '/later') response.write('a part', () => response.destroy());
        else request.socket.destroy();
      }),
    );
    const { port } = await startProxy({ allowedHosts: [`example.org:${target}`] });
    expect((await get(port, `http://example.org:${target}/at-once`)).status).toBe(502);
    await expect(get(port, `http://example.org:${target}/later`)).rejects.toThrow();
  });

  test('to a host that stays silent ends with 504', async () => {
    const target = await listen(createHttpServer(() => {}));
    const { port } = await startProxy({ allowedHosts: [`example.org:${target}`], idleTimeoutMs: 200 });
    const { status, body } = await get(port, `http://example.org:${target}/`);
    expect(status).toBe(504);
    expect(body).toContain('no byte came for 0.2 s');
  });
});
