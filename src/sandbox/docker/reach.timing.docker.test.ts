import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { createTestKit } from '../../testing/docker-test-kit.ts';
import { listenOnSocket } from '../../testing/socket-server.ts';

const rounds = 2000;
const port = 41080;

/** Asks again as soon as it has the answer: the server sees round trips as the time between two requests. */
const client = (dial: string) => `
  use strict; use warnings; use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY);
  ${dial}
  for (1 .. ${rounds}) {
    syswrite $s, "GET / HTTP/1.1\\r\\nhost: gateway\\r\\n\\r\\n";
    my $answer = '';
    sysread $s, $answer, 4096, length $answer until $answer =~ /ok$/;
  }`;

const overSidecar =
  client(`socket(my $s, PF_INET, SOCK_STREAM, 0) or die; setsockopt($s, IPPROTO_TCP, TCP_NODELAY, 1);
  connect($s, pack_sockaddr_in(${port}, INADDR_LOOPBACK)) or die "connect: $!";`);
const direct = client(`socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
  connect($s, pack_sockaddr_un('/host/gateway.sock')) or die "connect: $!";`);

test('the way over the sidecar costs less than a millisecond a round trip', async () => {
  const gaps: number[] = [];
  let last: bigint | undefined;
  const server = createServer((_, response) => {
    const now = process.hrtime.bigint();
    if (last !== undefined) gaps.push(Number(now - last) / 1000);
    last = now;
    response.end('ok');
  });
  await using kit = await createTestKit();
  await using gateway = await listenOnSocket(server);
  await using sandbox = await kit.start({
    network: 'gateway',
    reach: { socketPath: gateway.socketPath, port },
    mounts: [{ hostFolder: dirname(gateway.socketPath), path: '/host' }],
  });
  const medianUs = async (script: string): Promise<number> => {
    gaps.length = 0;
    last = undefined;
    const result = await sandbox.exec({ argv: ['perl', '-e', script], timeoutMs: 60_000 });
    expect(result.stderr.text).toBe('');
    expect(gaps).toHaveLength(rounds - 1);
    return gaps.toSorted((a, b) => a - b)[rounds / 2] ?? Number.NaN;
  };
  const overUs = await medianUs(overSidecar);
  const directUs = await medianUs(direct);
  console.log(
    `round trip, median of ${rounds}: ${overUs.toFixed(0)} us over the sidecar, ${directUs.toFixed(0)} us direct`,
  );
  expect(overUs - directUs).toBeLessThan(1000);
});
