import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createForwardProxy } from '../inference/gateway/forward-proxy.ts';
import type { StartedSandbox } from '../sandbox/sandbox.ts';
import { createTestKit, type DockerTestKit, shell } from '../testing/docker-test-kit.ts';
import { listenOnSocket, type SocketServer } from '../testing/socket-server.ts';
import { NetworkAttempts } from './network-attempts.ts';
import { startEnvironment } from './start-environment.ts';

/** Stands for a site of the internet; names lead to it, since the proxy is told so. */
const site = createServer((request, response) => response.end(`${request.headers.host}${request.url}`));
const secure = createTcpServer((socket) => socket.on('error', () => {}).end('tunnelled'));
const attempts = new NetworkAttempts();

let kit: DockerTestKit;
let proxied: SocketServer;
let sandbox: StartedSandbox;
let sitePort: number;
let securePort: number;
let closeProxy: () => PromiseLike<void>;

beforeAll(async () => {
  for (const server of [site, secure]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  sitePort = (site.address() as AddressInfo).port;
  securePort = (secure.address() as AddressInfo).port;
  const proxy = createForwardProxy({
    allowedHosts: [`files.test:${sitePort}`, `*.secure.test:${securePort}`],
    onAttempt: (attempt) => attempts.note(attempt),
    resolve: async () => ['127.0.0.1'],
    allowPrivate: true,
  });
  closeProxy = () => proxy[Symbol.asyncDispose]();
  const gateway = createServer((request, response) => proxy.handleRequest(request, response));
  gateway.on('connect', (request, socket, head) => proxy.handleConnect(request, socket, head));
  proxied = await listenOnSocket(gateway);
  kit = await createTestKit();
  sandbox = await startEnvironment(
    {
      environment: {
        image: { kind: 'prebuilt', name: '' },
        network: 'allowlist',
        env: {},
        startTimeoutSec: 60,
      },
      image: kit.image,
      trialId: 'trial',
      role: 'agent',
      reach: { socketPath: proxied.socketPath, port: 41080 },
      signal: new AbortController().signal,
    },
    { engine: kit.engine, runId: kit.runId, resources: {} },
  );
});
afterAll(async () => {
  await sandbox?.remove();
  await closeProxy();
  await proxied?.[Symbol.asyncDispose]();
  await kit?.[Symbol.asyncDispose]();
  site.close();
  secure.close();
});

/** apt's own downloader: it reads http_proxy as most programs do, and is in the image. */
const download = (url: string) =>
  shell(sandbox, `/usr/lib/apt/apt-helper download-file ${url} /tmp/file && cat /tmp/file; rm -f /tmp/file`);

const connectTo = (authority: string) =>
  shell(
    sandbox,
    `bash -c 'exec 3<>/dev/tcp/127.0.0.1/41080; printf "CONNECT ${authority} HTTP/1.1\\r\\n\\r\\n" >&3; cat <&3'`,
    { timeoutMs: 10_000 },
  );

test('a program that knows proxies gets what is on the list, and nothing else', async () => {
  const allowed = await download(`http://files.test:${sitePort}/pool/a?b=c`);
  expect(allowed.stdout.text).toContain(`files.test:${sitePort}/pool/a?b=c`);
  const other = await download(`http://other.test:${sitePort}/pool/a`);
  expect(other.stderr.text + other.stdout.text).toContain('403');
});

test('a tunnel leads to what is on the list, and nowhere else', async () => {
  const allowed = await connectTo(`a.secure.test:${securePort}`);
  expect(allowed.stdout.text).toMatch(/^HTTP\/1\.1 200 [\s\S]*tunnelled$/);
  const other = await connectTo(`secure.test:${securePort}`);
  expect(other.stdout.text).toMatch(/^HTTP\/1\.1 403 [\s\S]*not on the list/);
});

test('the host itself is not on the list, by any name', async () => {
  for (const host of ['127.0.0.1', 'localhost', '172.17.0.1', '[::1]', '2130706433']) {
    expect((await connectTo(`${host}:${sitePort}`)).stdout.text).toMatch(/^HTTP\/1\.1 403 /);
  }
});

test('every attempt is told, allowed or not', () => {
  const { attempts: told } = attempts.under('allowlist');
  expect(told.map(({ host, allowed }) => `${host} ${allowed}`)).toEqual([
    'files.test true',
    'other.test false',
    'a.secure.test true',
    'secure.test false',
    '127.0.0.1 false',
    'localhost false',
    '172.17.0.1 false',
    '::1 false',
    '2130706433 false',
  ]);
});
