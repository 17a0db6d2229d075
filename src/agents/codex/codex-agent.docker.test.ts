import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ModelProfile } from '../../domain/model.ts';
import type { Task } from '../../domain/task.ts';
import { profileOf, smallPatch, taskOf } from '../../inference/simulator/fixtures.ts';
import { type Simulator, startSimulator } from '../../inference/simulator/simulator.ts';
import { systemClock } from '../../lib/clock.ts';
import type { StartedSandbox } from '../../sandbox/sandbox.ts';
import { createTestKit, type DockerTestKit, eventually, shell } from '../../testing/docker-test-kit.ts';
import { type SandboxedTrial, startSandboxedTrial } from '../../testing/sandboxed-trial.ts';
import type { AgentResult, PreparedAgent } from '../agent.ts';
import { CodexAgent } from './codex-agent.ts';

/** Kept between runs of the tests, as a run keeps it: the real Codex, 170 MB. */
const cacheFolder = join(tmpdir(), 'evalrun-test-cache');
const canary = 'canary-7f3a-of-the-provider';

const agent = new CodexAgent();
const tasks = new Map<string, Task>();
let kit: DockerTestKit;
let simulator: Simulator;
let prepared: PreparedAgent;
let scripts: string;
let artifacts: string;

beforeAll(async () => {
  kit = await createTestKit();
  simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({})]]),
    tasks: (id) => tasks.get(id),
    clock: systemClock,
  });
  await mkdir(cacheFolder, { recursive: true });
  prepared = await agent.prepare({
    cacheFolder,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  scripts = await mkdtemp(join(tmpdir(), 'evalrun-codex-scripts-'));
});
afterAll(async () => {
  await kit?.[Symbol.asyncDispose]();
  await simulator?.[Symbol.asyncDispose]();
  if (scripts !== undefined) await rm(scripts, { recursive: true });
});
beforeEach(async () => {
  artifacts = await mkdtemp(join(tmpdir(), 'evalrun-codex-artifacts-'));
  onTestFinished(() => rm(artifacts, { recursive: true }));
});

/** A folder for each: the simulator reads a solution's folder once. */
async function scriptTask(id: string, script: string): Promise<Task> {
  const directory = join(scripts, id);
  await mkdir(directory);
  await writeFile(join(directory, 'solve.sh'), script);
  return taskOf(id, { kind: 'script', directory, script: 'solve.sh', env: {} });
}

interface Played {
  readonly result: AgentResult;
  readonly trial: SandboxedTrial;
}

interface PlayOptions {
  readonly transport?: ModelProfile['transport'];
  readonly maxTurns?: number;
  readonly baseUrl?: string;
  /** Ends the agent's time once this holds in the container. */
  readonly overWhen?: string;
}

async function play(task: Task, { overWhen, ...options }: PlayOptions = {}): Promise<Played> {
  tasks.set(task.id, task);
  const trial = await startSandboxedTrial({
    ...{ kit, task, key: canary, artifactsFolder: artifacts, mounts: prepared.mounts },
    baseUrl: simulator.baseUrl,
    ...options,
  });
  onTestFinished(() => trial[Symbol.asyncDispose]());
  await agent.setUp(trial.context);
  const running = agent.run(trial.context);
  if (overWhen !== undefined) {
    expect(await eventually(() => holds(trial.sandbox, overWhen), 30_000)).toBe(true);
    trial.time.abort();
  }
  return { result: await running, trial };
}

async function holds(sandbox: StartedSandbox, condition: string): Promise<boolean> {
  const { ending } = await shell(sandbox, condition);
  return ending.kind === 'exited' && ending.code === 0;
}

const artifact = (name: string): Promise<string> => readFile(join(artifacts, name), 'utf8');

const text = async (sandbox: StartedSandbox, script: string): Promise<string> =>
  (await shell(sandbox, script)).stdout.text;

test.each(['responses-websocket', 'responses-sse'] as const)('solves a task over %s', async (transport) => {
  const { result, trial } = await play(taskOf('small', { kind: 'patch', patch: smallPatch }), { transport });
  expect(result).toMatchObject({ ending: 'finished', message: expect.stringContaining('a.txt') });
  expect(await text(trial.sandbox, 'cat /app/a.txt')).toBe('one\nTWO\nthree\n');

  const turns = trial.requests.filter(({ kind }) => kind === 'turn');
  expect(turns.map((record) => [record.transport, record.via, record.status])).toEqual(
    turns.map(() => [transport, 'gateway', 'completed']),
  );
  expect(result.turns).toBe(turns.length);
  const steps = trial.trajectory.filter(({ source }) => source === 'agent');
  expect(steps).toHaveLength(turns.length);
  for (const [at, step] of steps.entries()) {
    expect(step).toMatchObject({ usage: turns[at]?.usage, extra: { ttft_us: expect.any(Number) } });
  }
  expect(steps[0]?.extra).toHaveProperty('codex_turn_ttft_ms');
  expect(steps[0]?.extra).not.toHaveProperty('transport_note');
  expect(steps.flatMap(({ toolCalls = [] }) => toolCalls.map(({ name }) => name))).toEqual([
    'exec_command',
    'apply_patch',
  ]);
  const callIds = steps.flatMap(({ toolCalls = [] }) => toolCalls.map(({ callId }) => callId));
  expect(trial.spans.map(({ details }) => details?.['callId'])).toEqual(callIds);
  expect(await artifact('codex-rollout.jsonl')).toContain('"task_complete"');
  expect(await artifact('codex-events.jsonl')).toContain('"turn.completed"');
  expect((await readdir(artifacts)).sort()).toEqual(['codex-events.jsonl', 'codex-rollout.jsonl']);
});

test('at a time limit everything that it started is dead, and the rollout is saved', async () => {
  const task = await scriptTask('stuck', 'touch /tmp/begun; setsid sleep 54321 & sleep 54321');
  const { result, trial } = await play(task, { overWhen: 'test -e /tmp/begun' });
  expect(result.ending).toBe('time-limit');
  const programs = await text(
    trial.sandbox,
    'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done',
  );
  expect(programs).not.toContain('54321');
  expect(programs).not.toContain('codex exec');
  const rollout = await artifact('codex-rollout.jsonl');
  expect(rollout).toContain('sleep 54321');
  expect(rollout).not.toContain('"task_complete"');
  expect(trial.trajectory.at(-1)?.toolCalls?.map(({ name }) => name)).toEqual(['exec_command']);
  expect(trial.spans.at(-1)?.name).toContain('exec_command');
});

test('neither the provider’s key nor the trial’s token is there for the model’s commands', async () => {
  const look = [
    'exec > /app/seen.txt 2>&1',
    'env | sort',
    // The key in two pieces: the script itself, which the rollout holds, is not to be found.
    'echo files with the key: $(grep -rlF "canary-$(echo 7f3a)" /var/tmp /app /tmp /proc/[0-9]*/environ | wc -l)',
    'echo own folder: $(stat -c %a:%u $CODEX_HOME)',
    'command -v rg',
    '(echo > /dev/tcp/192.0.2.1/80) || echo unreachable',
  ].join('\n');
  const { result, trial } = await play(await scriptTask('look', look));
  expect(result.ending).toBe('finished');
  const seen = await text(trial.sandbox, 'cat /app/seen.txt');
  expect(seen).toContain('CODEX_HOME=/var/tmp/codex-');
  expect(seen).toContain('files with the key: 0');
  expect(seen).toContain('own folder: 700:1000');
  expect(seen).toContain('/opt/evalrun/codex/codex-path/rg');
  expect(seen).toContain('unreachable');
  expect(seen).not.toContain('EVALRUN_TOKEN');
  for (const name of await readdir(artifacts)) expect(await artifact(name)).not.toContain(canary);
});

test('ends soon after the gateway has had enough of it', async () => {
  const { result, trial } = await play(taskOf('limited', { kind: 'patch', patch: smallPatch }), {
    maxTurns: 1,
  });
  expect(result).toMatchObject({ ending: 'agent-failed', turns: 1 });
  expect(trial.requests.filter(({ kind, status }) => kind === 'turn' && status === 'completed')).toHaveLength(
    1,
  );
});

test('a provider that cannot be reached is not the model’s failure', async () => {
  const played = play(taskOf('unserved', undefined), { baseUrl: 'http://127.0.0.1:9/v1' });
  await expect(played).rejects.toMatchObject({ code: 'inference', isRetryable: true });
});

test('a container without the binary is our failure', async () => {
  const options = { kit, task: taskOf('bare', undefined), key: canary, baseUrl: simulator.baseUrl };
  await using trial = await startSandboxedTrial(options);
  await expect(agent.setUp(trial.context)).rejects.toMatchObject({
    code: 'sandbox',
    message: expect.stringContaining('cannot be run in the container'),
  });
});
