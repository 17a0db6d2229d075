import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTestKit, type DockerTestKit, shell } from '../../testing/docker-test-kit.ts';
import { listenOnSocket, type SocketServer } from '../../testing/socket-server.ts';
import type { StartOptions } from '../sandbox.ts';
import { connectDocker, type DockerEngine } from './docker-engine.ts';

const engineSocket = '/var/run/docker.sock';
const port = 41080;

let kit: DockerTestKit;
let gateway: SocketServer;
let folder: string;
const runId = `refused-${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  kit = await createTestKit();
  gateway = await listenOnSocket(createHttpServer((_, response) => response.end('hello')));
  folder = await mkdtemp(join(tmpdir(), 'evalrun-mounts-'));
  await writeFile(join(folder, 'file'), 'content');
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await kit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const optionsOf = (options: Partial<StartOptions>): StartOptions => ({
  image: kit.image,
  runId,
  trialId: 'trial',
  role: 'agent',
  network: 'none',
  env: {},
  signal: new AbortController().signal,
  ...options,
});

const reachTo = (socketPath: string): Partial<StartOptions> => ({
  network: 'gateway',
  reach: { socketPath, port },
});

/** Another engine; the base image is the test's, whatever it is called. */
const connectAs = (socketPath?: string): Promise<DockerEngine> =>
  connectDocker({
    imageMap: [{ from: 'debian:bookworm-slim', to: kit.image.id }],
    ...(socketPath === undefined ? {} : { socketPath }),
  });

const left = async () => (await kit.engine.listLeftovers()).filter((leftover) => leftover.runId === runId);

test('a folder of the host is seen, and cannot be written to', async () => {
  const mounts = [{ hostFolder: folder, path: '/opt/agent' }];
  await using sandbox = await kit.start({ mounts });
  const { stdout } = await shell(
    sandbox,
    'cat /opt/agent/file; echo; echo x > /opt/agent/new || echo refused',
  );
  expect(stdout.text).toBe('content\nrefused\n');
});

test('a folder or a socket that is not there is said, and nothing stays behind', async () => {
  const mounts = [{ hostFolder: join(folder, 'none'), path: '/opt/agent' }];
  await expect(kit.engine.start(optionsOf({ mounts }))).rejects.toThrow(
    'none cannot be mounted: there is no such',
  );
  const missing = kit.engine.start(optionsOf(reachTo(join(folder, 'none.sock'))));
  await expect(missing).rejects.toThrow('none.sock is not a socket');
  expect(await left()).toEqual([]);
});

test('a socket at which nobody listens is said', async () => {
  const stale = join(folder, 'stale.sock');
  const server = await listenOnSocket(createTcpServer());
  await link(server.socketPath, stale);
  await server[Symbol.asyncDispose]();
  const started = kit.engine.start(optionsOf(reachTo(stale)));
  await expect(started).rejects.toMatchObject({ code: 'sandbox', message: `nobody listens at ${stale}` });
  expect(await left()).toEqual([]);
});

test('a start that is aborted on the way leaves neither container', async () => {
  const controller = new AbortController();
  const started = kit.engine.start(optionsOf({ ...reachTo(gateway.socketPath), signal: controller.signal }));
  setTimeout(() => controller.abort(), 220);
  await started.then(
    (sandbox) => sandbox.remove(), // a quick machine was there before
    (error) => expect(error).toMatchObject({ name: 'AbortError' }),
  );
  expect(await left()).toEqual([]);
});

test('without an image for the sidecar it says how to come by one', async () => {
  const imageMap = [{ from: 'debian:bookworm-slim', to: 'evalrun.invalid/none:1' }];
  const engine = await connectDocker({ imageMap });
  const started = engine.start(optionsOf(reachTo(gateway.socketPath)));
  await expect(started).rejects.toMatchObject({
    code: 'image',
    message: expect.stringContaining('--image-map'),
  });
  await engine.close();
  expect(await left()).toEqual([]);
});

test('an engine that is reached over the network gets no sockets and folders of this host', async () => {
  const relay = createTcpServer((socket) => {
    const engine = connect(engineSocket);
    socket.pipe(engine).pipe(socket);
    for (const one of [socket, engine]) one.on('error', () => {});
  });
  relay.listen(0, '127.0.0.1');
  await new Promise((resolve) => relay.once('listening', resolve));
  vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${(relay.address() as AddressInfo).port}`);
  const engine = await connectAs();
  const expected = {
    code: 'refused',
    message: expect.stringMatching(/^the engine is reached through tcp:.*sockets/),
  };
  await expect(engine.start(optionsOf(reachTo(gateway.socketPath)))).rejects.toMatchObject(expected);
  const mounts = [{ hostFolder: folder, path: '/opt/agent' }];
  await expect(engine.start(optionsOf({ mounts }))).rejects.toMatchObject(expected);
  const sandbox = await engine.start(optionsOf({}));
  await sandbox.remove();
  await engine.close();
  relay.close();
});

/** An engine behind a local socket that has other files than this host, as with a socket forwarded by ssh. */
async function engineElsewhere(sourceThere: string): Promise<SocketServer> {
  const server = createHttpServer(async (request, response) => {
    const body = await buffer(request);
    const moved = request.url?.includes('/containers/create')
      ? Buffer.from(body.toString().replace(/"Source":"[^"]*"/g, `"Source":"${sourceThere}"`))
      : body;
    const { method, url, headers } = request;
    const length = moved.length === 0 ? {} : { 'content-length': moved.length };
    const outgoing = httpRequest({
      socketPath: engineSocket,
      method,
      path: url,
      headers: { ...headers, ...length },
    });
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 500, incoming.headers);
      response.flushHeaders();
      incoming.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end(moved);
  });
  return listenOnSocket(server);
}

test('an engine whose containers see another machine is found out by what the sidecar sees', async () => {
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await using elsewhere = await engineElsewhere(empty);
  const engine = await connectAs(elsewhere.socketPath);
  await expect(engine.start(optionsOf(reachTo(gateway.socketPath)))).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/^sockets of this host do not reach .*no socket: No such file/),
  });
  await engine.close();
  expect(await left()).toEqual([]);
});

test('an engine that does not find a folder of this host says so', async () => {
  await using elsewhere = await engineElsewhere('/no/such/folder/there');
  const engine = await connectAs(elsewhere.socketPath);
  const expected = { code: 'refused', message: expect.stringContaining("does not see this host's folders") };
  const mounts = [{ hostFolder: folder, path: '/opt/agent' }];
  await expect(engine.start(optionsOf({ mounts }))).rejects.toMatchObject(expected);
  await expect(engine.start(optionsOf(reachTo(gateway.socketPath)))).rejects.toMatchObject(expected);
  await engine.close();
  expect(await left()).toEqual([]);
});
