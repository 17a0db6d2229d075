import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createTestKit, type DockerTestKit, shell } from '../../testing/docker-test-kit.ts';
import { listenOnSocket, type SocketServer } from '../../testing/socket-server.ts';
import type { StartedSandbox, StartOptions } from '../sandbox.ts';
import { connectDocker } from './docker-engine.ts';

const port = 41080;
const bodyBytes = 50_000_000;
const parallel = 50;

let kit: DockerTestKit;
let gateway: SocketServer;
const docker = new Docker();
const seen = { connections: 0, uploadHash: '' };

beforeAll(async () => {
  kit = await createTestKit();
  gateway = await listenOnSocket(gatewayServer());
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await kit?.[Symbol.asyncDispose]();
});

/** Answers as the tests below ask it to. */
function gatewayServer(): Server {
  const held: ServerResponse[] = [];
  const server = createHttpServer((request, response) => {
    if (request.url === '/echo') return echo(request, response);
    if (request.url === '/big') return sendMuch(response, 300);
    if (request.url !== '/together') return void response.end(`hello ${request.headers['x-number'] ?? ''}\n`);
    held.push(response);
    if (held.length === parallel) for (const one of held.splice(0)) one.end('all are here\n');
  });
  server.on('connection', () => {
    seen.connections += 1;
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`heard ${data}`)));
  return server;
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const hash = createHash('sha256');
  request.on('data', (chunk: Buffer) => hash.update(chunk));
  request.on('end', () => {
    seen.uploadHash = hash.digest('hex');
  });
  response.writeHead(200, { 'content-length': request.headers['content-length'], connection: 'close' });
  request.pipe(response);
}

async function sendMuch(response: ServerResponse, megabytes: number): Promise<void> {
  response.writeHead(200, { connection: 'close' });
  const chunk = Buffer.alloc(2 ** 20);
  for (let sent = 0; sent < megabytes; sent += 1) {
    if (!response.write(chunk)) await once(response, 'drain');
  }
  response.end();
}

const reached = (options: Partial<StartOptions> = {}): Promise<StartedSandbox> =>
  kit.start({ network: 'gateway', reach: { socketPath: gateway.socketPath, port }, ...options });

const ofRun = async (runId: string) =>
  (await kit.engine.listLeftovers()).filter((leftover) => leftover.runId === runId);

const newRun = () => `reach-${randomBytes(4).toString('hex')}`;

const get = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;

async function bash(sandbox: StartedSandbox, script: string, user = '0:0'): Promise<string> {
  const { stdout, stderr } = await sandbox.exec({ argv: ['bash', '-c', script], user, timeoutMs: 60_000 });
  return stdout.text + stderr.text;
}

async function perl(sandbox: StartedSandbox, script: string, user = '0:0'): Promise<string> {
  const { stdout, stderr } = await sandbox.exec({ argv: ['perl', '-e', script], user, timeoutMs: 60_000 });
  return stdout.text + stderr.text;
}

const connected = `
use strict; use warnings; use Socket qw(:DEFAULT inet_pton getaddrinfo);
sub dial { socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
  connect($s, pack_sockaddr_in(${port}, INADDR_LOOPBACK)) or die "connect: $!"; select((select($s), $| = 1)[0]); $s }
`;

describe.each(['0:0', '1000:1000'])('through the sidecar a user %s', (user) => {
  let sandbox: StartedSandbox;
  beforeAll(async () => {
    sandbox = await reached();
  });
  afterAll(() => sandbox.remove());

  test('sends request after request on one connection', async () => {
    const before = seen.connections;
    const script = `${connected} my $s = dial();
      for my $n (1 .. 5) {
        print $s "GET / HTTP/1.1\\r\\nhost: gateway\\r\\nx-number: $n\\r\\n\\r\\n";
        while (my $line = <$s>) { if ($line =~ /^hello/) { print $line; last } }
      }`;
    expect(await perl(sandbox, script, user)).toBe([1, 2, 3, 4, 5].map((n) => `hello ${n}\n`).join(''));
    expect(seen.connections - before).toBe(1);
  });

  test('sends and receives 50 MB at a time, whole', async () => {
    const output = await bash(
      sandbox,
      `f=$(mktemp); head -c ${bodyBytes} /dev/urandom > $f; sha256sum < $f
      exec 3<>/dev/tcp/127.0.0.1/${port}
      { printf 'POST /echo HTTP/1.1\\r\\nhost: g\\r\\ncontent-length: ${bodyBytes}\\r\\n\\r\\n'; cat $f; } >&3 &
      cat <&3 | tail -c ${bodyBytes} | sha256sum; rm $f`,
      user,
    );
    const [sent, received] = output.split('\n').map((line) => line.split(' ')[0]);
    expect(sent).toMatch(/^[0-9a-f]{64}$/);
    expect(received).toBe(sent);
    expect(seen.uploadHash).toBe(sent);
  });

  test('holds fifty connections at a time', async () => {
    const output = await bash(
      sandbox,
      `for i in $(seq ${parallel}); do (exec 3<>/dev/tcp/127.0.0.1/${port}
        printf 'GET /together HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3) & done; wait`,
      user,
    );
    expect(output).toBe('all are here\n'.repeat(parallel));
  });

  test('upgrades to a WebSocket', async () => {
    const script = `${connected} my $s = dial();
      print $s "GET /v1/responses HTTP/1.1\\r\\nhost: gateway\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n",
        "sec-websocket-version: 13\\r\\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n";
      print scalar <$s>; while (<$s> =~ /\\S/) {}
      print $s pack('CC', 0x81, 0x80 | 5), "\\0\\0\\0\\0hello";
      read $s, my $head, 2; read $s, my $text, ord(substr $head, 1); print $text;`;
    expect(await perl(sandbox, script, user)).toBe('HTTP/1.1 101 Switching Protocols\r\nheard hello');
  });
});

test('an answer that is not read for a while is neither lost nor gathered in the sidecar', async () => {
  await using sandbox = await reached();
  const output = await bash(
    sandbox,
    `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET /big HTTP/1.0\\r\\n\\r\\n' >&3; sleep 1
    (${get} | tail -n 1); cat <&3 | tail -c ${300 * 2 ** 20} | wc -c`,
  );
  expect(output).toBe(`hello \n${300 * 2 ** 20}\n`);
});

test('the end of one direction leaves the other open', async () => {
  const server = createTcpServer({ allowHalfOpen: true }, async (socket) => {
    let bytes = 0;
    socket.on('error', () => {}); // the sidecar's own connection at its start ends at once
    for await (const chunk of socket) bytes += chunk.length;
    socket.end(`heard ${bytes}`);
  });
  await using counting = await listenOnSocket(server);
  await using sandbox = await reached({ reach: { socketPath: counting.socketPath, port } });
  const script = `${connected} my $s = dial(); print $s 'x' x 300000; shutdown($s, 1); print <$s>;`;
  expect(await perl(sandbox, script)).toBe('heard 300000');
});

test('connections that come and go leave nothing open in the sidecar', async () => {
  const sockets = new Set<unknown>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.resume();
  });
  await using counting = await listenOnSocket(server);
  await using sandbox = await reached({ reach: { socketPath: counting.socketPath, port } });
  // More than the sidecar serves at a time; some end well, some with a reset.
  const script = `${connected} for my $n (1 .. 900) { my $s = dial(); print $s 'x';
    setsockopt($s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) if $n % 2; close $s } print 'done'`;
  expect(await perl(sandbox, script)).toBe('done');
  await expect.poll(() => sockets.size, { timeout: 10_000 }).toBe(0);
});

describe('with the policy gateway the sandbox reaches nothing else:', () => {
  let sandbox: StartedSandbox;
  let open: StartedSandbox;
  let hostPort: number;
  const abstractName = `evalrun-${randomBytes(4).toString('hex')}`;
  const hostServer = createTcpServer((socket) => socket.on('error', () => {}).end('host'));
  const abstractServer = createTcpServer((socket) => socket.on('error', () => {}).end('abstract'));

  beforeAll(async () => {
    hostServer.listen(0, '::');
    abstractServer.listen(`\0${abstractName}`);
    await Promise.all([once(hostServer, 'listening'), once(abstractServer, 'listening')]);
    hostPort = (hostServer.address() as { port: number }).port;
    sandbox = await reached();
    open = await kit.start({ network: 'public' });
  });
  afterAll(async () => {
    hostServer.close();
    abstractServer.close();
    await Promise.all([sandbox?.remove(), open?.remove()]);
  });

  const bridgeOf = async (name: string): Promise<string> =>
    (await docker.getNetwork(name).inspect()).IPAM?.Config?.[0]?.['Gateway'] ?? '';
  const dial = (host: string, tcpPort: number) =>
    `timeout 5 bash -c 'exec 3<>/dev/tcp/${host}/${tcpPort} && head -c 4 <&3' 2>&1 || echo failed`;

  test('the control: a container on the bridge reaches the host', async () => {
    expect(await bash(open, dial(await bridgeOf('bridge'), hostPort))).toBe('host');
  });

  test.each(['0:0', '1000:1000'])("not the host's ports, by any of its addresses (user %s)", async (user) => {
    const own = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address),
    );
    const hosts = [
      ...own,
      await bridgeOf('bridge'),
      'localhost',
      'host.docker.internal',
      'gateway.docker.internal',
    ];
    const output = await bash(sandbox, hosts.map((host) => dial(host, hostPort)).join('\n'), user);
    expect(output).not.toContain('host\n');
    expect(output.match(/^failed$/gm)).toHaveLength(hosts.length);
  });

  test('not another container', async () => {
    const info = await docker.getContainer(open.id).inspect();
    const address = info.NetworkSettings.Networks['bridge']?.IPAddress ?? '';
    expect(address).toMatch(/^\d+\./);
    await shell(
      open,
      `perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); bind(S, pack_sockaddr_in(7777, INADDR_ANY)) or die $!;
        listen(S, 5); if (fork) { exit } while (accept(C, S)) { print C "near"; close C }' > /dev/null 2>&1`,
    );
    await using beside = await kit.start({ network: 'public' });
    expect(await bash(beside, dial(address, 7777))).toBe('near');
    expect(await bash(sandbox, dial(address, 7777))).toContain('failed');
  });

  test('no name server and no address of the internet', async () => {
    expect(await bash(sandbox, 'timeout 5 getent ahosts example.com || echo failed')).toBe('failed\n');
    const addresses = ['1.1.1.1', '8.8.8.8', '169.254.169.254', '2606:4700:4700::1111'];
    const output = await bash(sandbox, addresses.map((address) => dial(address, 443)).join('\n'));
    expect(output.match(/^failed$/gm)).toHaveLength(addresses.length);
    const atOnce = /dev\/tcp\/.*: (Network is unreachable|Cannot assign requested address)$/gm;
    expect(output.match(atOnce)).toHaveLength(addresses.length);
  });

  test('no socket in the file system, the gateway and the engine included, and none without a path', async () => {
    expect(await bash(sandbox, 'find / -xdev -type s; ls /reach /var/run/docker.sock 2>/dev/null')).toBe('');
    const script = `use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0);
      print connect(S, pack_sockaddr_un("\\0${abstractName}")) ? 'in' : 'out'`;
    expect(await perl(sandbox, script)).toBe('out');
  });

  test('no way around as root: one device, no change to it, no raw packet that leaves', async () => {
    expect(await bash(sandbox, 'ls /sys/class/net; cat /proc/net/route | wc -l')).toBe('lo\n1\n');
    expect(
      await bash(sandbox, 'unshare -n true; ip link add d type dummy; nsenter -t 1 -n true; echo $?'),
    ).toMatch(/not permitted|command not found/);
    const script = `use Socket; socket(my $s, PF_INET, SOCK_RAW, 1) or die "raw: $!";
      print send($s, "\\x08\\0\\xf7\\xff\\0\\0\\0\\0", 0, pack_sockaddr_in(0, inet_aton('1.1.1.1'))) ? 'sent' : "no: $!\\n";
      socket(my $c, PF_INET, SOCK_DGRAM, 0); my $flags = pack('a16 s', 'lo', 0);
      print ioctl($c, 0x8914, $flags) ? 'changed' : "no: $!\\n";`;
    const output = await perl(sandbox, script);
    expect(output).toMatch(/^(raw: .*|no: Network is unreachable\nno: Operation not permitted\n)$/s);
  });

  test('the control: the gateway itself', async () => {
    expect(await bash(sandbox, get)).toContain('hello');
  });
});

test('with the policy none it reaches not even the gateway', async () => {
  await using sandbox = await kit.start({ network: 'none' });
  expect(await bash(sandbox, get)).toContain('Connection refused');
});

test('with the policy public the gateway is there beside the network', async () => {
  await using sandbox = await reached({ network: 'public' });
  expect(await bash(sandbox, get)).toContain('hello');
  expect(await bash(sandbox, 'ls /sys/class/net')).toContain('eth0');
});

test('with the policy allowlist every process is told of the proxy, whatever the task says', async () => {
  const env = { HTTPS_PROXY: 'http://elsewhere', KEY: 'value' };
  await using sandbox = await reached({ network: 'allowlist', env });
  const url = `http://127.0.0.1:${port}`;
  expect((await bash(sandbox, 'env | grep -i -e _proxy -e KEY | sort', '1000:1000')).split('\n')).toEqual([
    `HTTPS_PROXY=${url}`,
    `HTTP_PROXY=${url}`,
    'KEY=value',
    'NO_PROXY=127.0.0.1,localhost',
    `http_proxy=${url}`,
    `https_proxy=${url}`,
    'no_proxy=127.0.0.1,localhost',
    '',
  ]);
});

test('nothing that is done in the sandbox ends the sidecar', async () => {
  await using sandbox = await reached();
  expect(await bash(sandbox, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).not.toContain('perl');
  await shell(sandbox, 'sleep 60 & sleep 60', { timeoutMs: 200 });
  await sandbox.stopRunningExecs();
  await shell(sandbox, 'kill -9 -1');
  expect(await bash(sandbox, get)).toContain('hello');
});

test('the sidecar can do nothing but forward', async () => {
  const runId = newRun();
  await using sandbox = await reached({ runId });
  const sidecar = (await ofRun(runId)).find(({ role }) => role === 'reach');
  const { HostConfig, Config, Mounts } = await docker.getContainer(sidecar?.id ?? '').inspect();
  expect(HostConfig).toMatchObject({
    NetworkMode: `container:${sandbox.id}`,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    PidsLimit: 16,
    Memory: 2 ** 27,
    PidMode: '',
  });
  expect(HostConfig.SecurityOpt).toContain('no-new-privileges');
  expect(Config.Labels).toMatchObject({ 'evalrun.run': runId, 'evalrun.trial': 'trial' });
  expect(Mounts.map(({ RW, Destination }) => ({ RW, Destination }))).toEqual([
    { RW: false, Destination: '/reach' },
  ]);
  expect((await docker.getContainer(sandbox.id).inspect()).Mounts).toEqual([]);
});

test('removal takes the sidecar too, and what a crash leaves is found', async () => {
  const runId = newRun();
  const sandbox = await reached({ runId });
  expect((await ofRun(runId)).map(({ role }) => role).sort()).toEqual(['agent', 'reach']);
  await Promise.all([sandbox.remove(), sandbox.remove()]);
  expect(await ofRun(runId)).toEqual([]);
  await reached({ runId });
  expect(await kit.engine.removeLeftovers(runId)).toBe(2);
  expect(await ofRun(runId)).toEqual([]);
});

test('a container that is kept for people loses its sidecar', async () => {
  const runId = newRun();
  const keeping = await connectDocker({
    imageMap: [{ from: 'debian:bookworm-slim', to: kit.image.id }],
    keepContainers: true,
  });
  const { signal } = new AbortController();
  const reach = { socketPath: gateway.socketPath, port };
  const common = { image: kit.image, trialId: 't', role: 'agent', network: 'gateway', env: {} } as const;
  const sandbox = await keeping.start({ ...common, reach, runId, signal });
  await sandbox.remove();
  expect((await ofRun(runId)).map(({ role }) => role)).toEqual(['agent']);
  expect(await keeping.removeLeftovers(runId)).toBe(1);
  await keeping.close();
});
