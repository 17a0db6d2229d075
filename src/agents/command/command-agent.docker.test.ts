import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { profileOf, smallPatch, taskOf } from '../../inference/simulator/fixtures.ts';
import { type Simulator, startSimulator } from '../../inference/simulator/simulator.ts';
import { systemClock } from '../../lib/clock.ts';
import { createTestKit, type DockerTestKit } from '../../testing/docker-test-kit.ts';
import { startSandboxedTrial } from '../../testing/sandboxed-trial.ts';
import { commandAgent } from './command-agent.ts';

/** A program without a client library: one request, by hand; the answer's status is what it says. */
const program = `#!/bin/bash
host=\${OPENAI_BASE_URL#http://}; host=\${host%%/*}
body='{"model":"'$EVALRUN_MODEL'","stream":true,"input":"'$(cat "$EVALRUN_INSTRUCTION_FILE")'"}'
exec 3<>/dev/tcp/\${host%:*}/\${host#*:}
printf 'POST /v1/responses HTTP/1.1\\r\\nHost: %s\\r\\nAuthorization: Bearer %s\\r\\nContent-Type: application/json\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s' \\
  "$host" "\${1:-$OPENAI_API_KEY}" "\${#body}" "$body" >&3
read -r status <&3; echo "\${status%?}"
grep -q response.completed <&3 && id -u > answered
`;

const task = taskOf('small', { kind: 'patch', patch: smallPatch });
let kit: DockerTestKit;
let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  kit = await createTestKit();
  simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({})]]),
    tasks: () => task,
    clock: systemClock,
  });
  folder = await mkdtemp(join(tmpdir(), 'evalrun-program-'));
  await chmod(folder, 0o755); // the agent's user is not the one who made it
  await writeFile(join(folder, 'ask'), program, { mode: 0o755 });
});
afterAll(async () => {
  await kit?.[Symbol.asyncDispose]();
  await simulator?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

async function play(command: string) {
  const agent = commandAgent({ command, mounts: [{ hostFolder: folder, path: '/opt/ask' }] });
  const { mounts } = (await agent.prepare?.({
    cacheFolder: folder,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })) ?? { mounts: [] };
  const trial = await startSandboxedTrial({ kit, task, key: 'k', baseUrl: simulator.baseUrl, mounts });
  await agent.setUp?.(trial.context);
  return { result: await agent.run(trial.context), trial };
}

test('a mounted program asks its model through the gateway, which times and counts it', async () => {
  const { result, trial } = await play('/opt/ask/ask');
  await using _ = trial;
  expect(result).toMatchObject({ ending: 'finished', message: 'HTTP/1.1 200 OK', turns: 1 });
  expect(result.usage.output).toBeGreaterThan(0);
  expect(trial.requests).toMatchObject([{ via: 'gateway', status: 'completed', kind: 'turn' }]);
  const answered = await trial.sandbox.readFile('/app/answered');
  expect(new TextDecoder().decode(answered)).toBe('1000\n');
});

test('another token than the trial’s opens nothing', async () => {
  const { result, trial } = await play('/opt/ask/ask sk-guessed');
  await using _ = trial;
  expect(result.ending).toBe('agent-failed');
  expect(trial.requests.filter(({ status }) => status === 'completed')).toEqual([]);
  expect(trial.trajectory.at(-1)?.message).toBe('HTTP/1.1 401 Unauthorized');
});
