import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestKit, type DockerTestKit } from '../../testing/docker-test-kit.ts';
import { listenOnSocket, type SocketServer } from '../../testing/socket-server.ts';
import type { Reach, Sandbox, StartedSandbox } from '../sandbox.ts';

const port = 41080;
const docker = new Docker();
const { signal } = new AbortController();
const hostServer = createTcpServer((socket) => socket.on('error', () => {}).end('host'));

let kit: DockerTestKit;
let first: SocketServer;
let second: SocketServer;
let hostPort: number;
let bridge: string;

beforeAll(async () => {
  kit = await createTestKit();
  first = await listenOnSocket(createHttpServer((_, response) => response.end('first')));
  second = await listenOnSocket(createHttpServer((_, response) => response.end('second')));
  hostServer.listen(0, '::');
  await once(hostServer, 'listening');
  hostPort = (hostServer.address() as { port: number }).port;
  bridge = (await docker.getNetwork('bridge').inspect()).IPAM?.Config?.[0]?.['Gateway'] ?? '';
});
afterAll(async () => {
  hostServer.close();
  await first?.[Symbol.asyncDispose]();
  await second?.[Symbol.asyncDispose]();
  await kit?.[Symbol.asyncDispose]();
});

const reachOf = ({ socketPath }: SocketServer): Reach => ({ socketPath, port });

async function text(sandbox: Sandbox, script: string): Promise<string> {
  const { stdout } = await sandbox.exec({ argv: ['bash', '-c', script], timeoutMs: 30_000 });
  return stdout.text.trim();
}

/** What a process in the container gets of a server on the host, by the bridge and by the loopback port. */
async function seenBy(sandbox: Sandbox): Promise<{ host: string; reach: string; proxy: string }> {
  const get = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && tail -n 1 <&3`;
  return {
    host: await text(
      sandbox,
      `timeout 5 bash -c 'exec 3<>/dev/tcp/${bridge}/${hostPort} && head -c 4 <&3' || echo nothing`,
    ),
    reach: await text(sandbox, `timeout 5 bash -c "${get.replaceAll('\\', '\\\\')}" || echo nothing`),
    proxy: await text(sandbox, 'echo "$HTTP_PROXY$http_proxy$NO_PROXY"'),
  };
}

const proxied = `http://127.0.0.1:${port}http://127.0.0.1:${port}127.0.0.1,localhost`;
const nowhere = { host: 'nothing', reach: 'nothing', proxy: '' };
const open = { host: 'host', reach: 'nothing', proxy: '' };

const sidecarsOf = async (sandbox: StartedSandbox): Promise<number> => {
  const all = await docker.listContainers({ all: true, filters: { label: ['evalrun.role=reach'] } });
  return all.filter(({ HostConfig }) => HostConfig.NetworkMode === `container:${sandbox.id}`).length;
};

test('allowlist to public: the tests reach what the agent could not, and no gateway', async () => {
  await using sandbox = await kit.start({ network: 'allowlist', reach: reachOf(first) });
  expect(await seenBy(sandbox)).toEqual({ host: 'nothing', reach: 'first', proxy: proxied });
  await sandbox.changeNetwork('public', { signal });
  expect(await seenBy(sandbox)).toEqual(open);
  expect(await sidecarsOf(sandbox)).toBe(0);
});

test('public to none: nothing is reached any more, and there is no device but the loopback', async () => {
  await using sandbox = await kit.start({ network: 'public' });
  expect(await seenBy(sandbox)).toEqual(open);
  await sandbox.changeNetwork('none', { signal });
  expect(await seenBy(sandbox)).toEqual(nowhere);
  expect(await text(sandbox, 'tail -n +3 /proc/net/dev | cut -d: -f1')).toBe('lo');
});

test('none to public and back, more than once', async () => {
  await using sandbox = await kit.start({ network: 'none' });
  for (const _ of [1, 2]) {
    expect(await seenBy(sandbox)).toEqual(nowhere);
    await sandbox.changeNetwork('public', { signal });
    expect(await seenBy(sandbox)).toEqual(open);
    await sandbox.changeNetwork('none', { signal });
  }
});

test('public with a gateway to public without: only the gateway goes', async () => {
  await using sandbox = await kit.start({ network: 'public', reach: reachOf(first) });
  expect(await seenBy(sandbox)).toEqual({ ...open, reach: 'first' });
  await sandbox.changeNetwork('public', { signal });
  expect(await seenBy(sandbox)).toEqual(open);
});

test('the same port leads to another socket, and back to the bridge and away again', async () => {
  await using sandbox = await kit.start({ network: 'gateway', reach: reachOf(first) });
  expect(await seenBy(sandbox)).toMatchObject({ reach: 'first', proxy: '' });
  await sandbox.changeNetwork('allowlist', { reach: reachOf(second), signal });
  expect(await seenBy(sandbox)).toEqual({ host: 'nothing', reach: 'second', proxy: proxied });
  await sandbox.changeNetwork('public', { reach: reachOf(first), signal });
  expect(await seenBy(sandbox)).toEqual({ ...open, reach: 'first' });
  expect(await sidecarsOf(sandbox)).toBe(1);
  await sandbox.changeNetwork('none', { signal });
  expect(await seenBy(sandbox)).toEqual(nowhere);
});

test('names are looked up as in a container that was on the bridge from its start', async () => {
  await using born = await kit.start({ network: 'public' });
  await using changed = await kit.start({ network: 'none' });
  await changed.changeNetwork('public', { signal });
  const resolver = 'cat /etc/resolv.conf';
  expect(await text(changed, resolver)).toContain('nameserver ');
  expect(await text(changed, resolver)).toBe(await text(born, resolver));
  const ownAddress = 'getent ahostsv4 "$(hostname)" | head -n 1 | cut -d" " -f1';
  expect(await text(changed, ownAddress)).toMatch(/^172\./);
});

test("what a command is given wins over the proxy's variables, and these over the task's", async () => {
  const env = { HTTP_PROXY: 'http://of-the-task' };
  await using sandbox = await kit.start({ network: 'allowlist', reach: reachOf(first), env });
  const argv = ['sh', '-c', 'echo $HTTP_PROXY'] as const;
  expect(await text(sandbox, 'echo $HTTP_PROXY')).toBe(`http://127.0.0.1:${port}`);
  expect((await sandbox.exec({ argv, env: { HTTP_PROXY: 'mine' } })).stdout.text).toBe('mine\n');
  await sandbox.changeNetwork('public', { signal });
  expect(await text(sandbox, 'echo $HTTP_PROXY')).toBe('http://of-the-task');
});

test('a container that is gone is an error of the sandbox, and a way that cannot be opened too', async () => {
  await using sandbox = await kit.start({ network: 'none' });
  const reach = { socketPath: '/nowhere/gateway.sock', port };
  await expect(sandbox.changeNetwork('gateway', { reach, signal })).rejects.toMatchObject({
    code: 'sandbox',
  });
  await sandbox.remove();
  await expect(sandbox.changeNetwork('public', { signal })).rejects.toMatchObject({ code: 'sandbox' });
});

test('what the engine does not do to a container is refused', async () => {
  const network = await docker.createNetwork({
    Name: `${kit.runId}-second`,
    Labels: { 'evalrun.run': kit.runId },
  });
  await using sandbox = await kit.start({ network: 'public' });
  await network.connect({ Container: sandbox.id });
  await expect(sandbox.changeNetwork('none', { signal })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining(
      'to the network none: container cannot be connected to multiple networks',
    ),
  });
});
