import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRun } from '../results/result-store.ts';
import { CliProcess } from '../testing/cli-process.ts';
import { type TinyDataset, writeTinyDataset } from '../testing/tiny-dataset.ts';

const canary = `canary-${process.pid}-7f3a9c`;
const providerKey = 'CANARY_API_KEY';

let tiny: TinyDataset;
let provider: CliProcess;

beforeAll(async () => {
  tiny = await writeTinyDataset({ tasks: 1 });
  provider = new CliProcess(['simulate', '--suite', tiny.suite, '--model', 'spark', '--json'], tiny.folder);
  while (provider.lines.length === 0) await sleep(50);
  const { baseUrl } = JSON.parse(provider.lines[0] ?? '') as { baseUrl: string };
  await writeFile(join(tiny.folder, 'evalrun.yaml'), configuration(baseUrl));
  await mkdir(join(tiny.folder, 'bin'));
  await writeFile(join(tiny.folder, 'bin/git'), tellingGit, { mode: 0o755 });
});
afterAll(async () => {
  await provider.kill('SIGINT');
  await rm(tiny.folder, { recursive: true, force: true });
});

/** Programs that evalrun starts may be over before anybody looks: this one writes down what it was given. */
const tellingGit = `#!/bin/sh
here=$(dirname "$(dirname "$0")")
env >> "$here/children.txt"
echo "$0 $*" >> "$here/children.txt"
PATH=$(echo "$PATH" | sed 's|^[^:]*:||') exec git "$@"
`;

/** A provider that is not simulated to evalrun: it is reached by its address, with a key from the environment. */
function configuration(url: string): string {
  return `providers:
  outside: { kind: openai, baseUrl: '${url}', apiKeyEnv: ${providerKey} }
models:
  canary:
    provider: outside
    model: gpt-5.3-codex-spark
    transport: websocket
    style: light
    contextTokens: 128000
`;
}

test.each(['loop', 'codex'])('a key in the environment is nowhere else when %s runs', async (agent) => {
  const runId = `canary-${agent}-${process.pid}`;
  const args = ['--suite', tiny.suite, '--agent', agent, '--model', 'canary', '--run-id', runId, '--json'];
  const evalrun = new CliProcess([...args, '--record', 'cassette'], tiny.folder, {
    [providerKey]: canary,
    PATH: `${join(tiny.folder, 'bin')}:${process.env['PATH']}`,
  });
  let ended = false;
  void evalrun.ended.then(() => {
    ended = true;
  });
  const found = new Set<string>();
  let looks = 0;
  while (!ended) {
    for (const place of await placesOutside(evalrun.pid, runId)) found.add(place);
    looks += 1;
    await sleep(20);
  }
  const { code, stderr, lines } = await evalrun.ended;
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const { records } = await readRun(join(tiny.folder, 'results', runId));
  expect(records.values[0]?.requests?.completed).toBeGreaterThan(0);
  expect(looks).toBeGreaterThan(10);
  expect([...found]).toEqual([]);
  expect([...lines, stderr].join('\n')).not.toContain(canary);
  expect(await readFile(join(tiny.folder, 'children.txt'), 'utf8')).toContain('PATH=');
  expect(await filesWith(tiny.folder)).toEqual([]);
  await rm(join(tiny.folder, 'cassette'), { recursive: true, force: true });
});

test('the search finds a key where one is', async () => {
  const planted = join(tiny.folder, 'planted.log');
  await writeFile(planted, `key: ${canary}`);
  expect(await filesWith(tiny.folder)).toEqual([planted]);
  await rm(planted);
});

/** Environments and command lines of every process but evalrun's own, and what the engine knows of the containers. */
async function placesOutside(pid: number, runId: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places: string[] = [];
  for (const id of processes) {
    // Its own environment is where the key was put; this test holds the name of it in its memory only.
    if (Number(id) === pid) continue;
    for (const part of ['environ', 'cmdline']) {
      const text = await readFile(`/proc/${id}/${part}`, 'latin1').catch(() => ''); // it has ended
      if (text.includes(canary)) places.push(`/proc/${id}/${part}`);
    }
  }
  const own = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
  return [...places, ...(own.includes(canary) ? ['argv'] : []), ...(await containersWith(runId))];
}

async function containersWith(runId: string): Promise<string[]> {
  const run = promisify(execFile);
  const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=evalrun.run=${runId}`]);
  const ids = stdout.trim().split('\n').filter(Boolean);
  const texts = await Promise.all(
    ids.map((id) => run('docker', ['inspect', id]).catch(() => ({ stdout: '' }))),
  );
  return ids.filter((_, index) => texts[index]?.stdout.includes(canary));
}

async function filesWith(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path, 'latin1')).includes(canary)) found.push(path);
  }
  return found;
}
