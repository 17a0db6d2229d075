import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { oracleAgent } from '../agents/oracle.ts';
import { harbor } from '../datasets/harbor/harbor.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { Gateway } from '../inference/gateway/gateway.ts';
import { startGateway } from '../inference/gateway/start-gateway.ts';
import { systemClock } from '../lib/clock.ts';
import { createTestKit, type DockerTestKit } from '../testing/docker-test-kit.ts';
import { removeFolders, runTrialIn } from '../testing/trial-setup.ts';
import { rewardFileVerifier } from '../verifiers/reward-file.ts';

const site = createServer((socket) => socket.on('error', () => {}).end('host'));

let kit: DockerTestKit;
let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  kit = await createTestKit();
  folder = await mkdtemp(join(tmpdir(), 'evalrun-phases-'));
  site.listen(0, '0.0.0.0');
  await once(site, 'listening');
  gateway = await startGateway({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
    random: () => 0.5,
    stallTimeoutMs: 1000,
    connectTimeoutMs: 1000,
  });
});
afterAll(async () => {
  site.close();
  await gateway?.[Symbol.asyncDispose]();
  await kit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
afterEach(removeFolders);

/** The host by its address on the bridge, which is the default route of who is on it; and the proxy. */
const look = () => `
route=$(awk '$2 == "00000000" { print $3 }' /proc/net/route | head -n 1)
host=\${route:+$(printf '%d.%d.%d.%d' 0x\${route:6:2} 0x\${route:4:2} 0x\${route:2:2} 0x\${route:0:2})}
seen=$(timeout 5 bash -c "exec 3<>/dev/tcp/$host/${(site.address() as { port: number }).port} && head -c 4 <&3" 2> /dev/null)
proxy=$(timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/41080 && echo open" 2> /dev/null)
`;

/** A Harbor task as read from its files: the solution notes what it saw, the tests compare it and what they see. */
async function trialOf(toml: string, agentSees: string, testsSee: string): Promise<TrialRecord> {
  const files = {
    'task.toml': `environment.docker_image = "debian:bookworm-slim"\n${toml}`,
    'instruction.md': 'Look around.',
    'environment/README': '',
    'solution/solve.sh': `${look()}echo "$seen/$proxy/$HTTP_PROXY" > /tmp/agent`,
    'tests/test.sh': `${look()}
      echo "agent $(cat /tmp/agent), tests $seen/$proxy/$HTTP_PROXY"
      [ "$(cat /tmp/agent)" = "${agentSees}" ] && [ "$seen/$proxy/$HTTP_PROXY" = "${testsSee}" ]
      echo $((1 - $?)) > /logs/verifier/reward.txt`,
  };
  const place = await mkdtemp(join(folder, 'dataset-'));
  for (const [path, text] of Object.entries(files)) {
    const file = join(place, 'phases', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, path.endsWith('.sh') ? `#!/bin/bash\n${text}` : text);
  }
  const [task] = (await harbor.read(place, { reference: { name: 'phases', format: 'harbor' } })).tasks;
  if (task === undefined) throw new Error('no task was read');
  expect(task.refusals).toEqual([]);
  const setup = { runId: kit.runId, agent: oracleAgent, verifier: rewardFileVerifier, gateway, task };
  return (await runTrialIn(kit.engine, setup)).record;
}

const proxied = 'open/http://127.0.0.1:41080';

test.each([
  [
    'an allow-list, then public (SWE-bench Pro V2)',
    'agent.allowed_hosts = ["a.org"]\nverifier.network_mode = "public"',
    `/${proxied}`,
    'host//',
  ],
  [
    'public, then none',
    'agent.network_mode = "public"\nverifier.network_mode = "no-network"',
    'host//',
    '//',
  ],
  [
    'none, then an allow-list',
    'agent.network_mode = "no-network"\nverifier.allowed_hosts = ["a.org"]',
    '//',
    `/${proxied}`,
  ],
])('%s: each phase sees its own network', async (_, toml, agentSees, testsSee) => {
  const record = await trialOf(toml, agentSees, testsSee);
  expect(record.outcome).toMatchObject({ status: 'judged', rewards: { reward: 1 }, resolved: true });
});
