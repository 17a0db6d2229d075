import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { TrajectoryStep } from '../../domain/trajectory.ts';
import { systemClock } from '../../lib/clock.ts';
import { hostSandbox } from '../../testing/host-sandbox.ts';
import { requestRecord } from '../../testing/scripted-inference.ts';
import { modelProfile, task, taskStep } from '../../testing/tasks.ts';
import type { AgentContext, AgentResult } from '../agent.ts';
import { commandAgent } from './command-agent.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-command-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface PlayOptions {
  /** Seen before the program was started, and while it ran. */
  readonly before?: readonly RequestRecord[];
  readonly requests?: readonly RequestRecord[];
  readonly baseUrl?: string;
}

async function play(command: string, options: PlayOptions = {}) {
  const { before = [], requests = [], baseUrl = 'http://127.0.0.1:1/v1' } = options;
  const sandbox = hostSandbox(folder);
  const [trajectory, log]: [TrajectoryStep[], string[]] = [[], []];
  const never = new AbortController().signal;
  const context: AgentContext = {
    task: task(),
    step: taskStep(),
    sandbox,
    model: modelProfile(),
    gateway: {
      baseUrl,
      token: 'the-token',
      closed: never,
      requests: () => (sandbox.execs.length === 0 ? before : [...before, ...requests]),
    },
    limits: { deadlineUs: () => undefined, maxTurns: 10, commandTimeoutMs: 1000 },
    signal: never,
    clock: systemClock,
    recordSpan: () => undefined,
    recordStep: (step) => void trajectory.push(step),
    log: (line) => void log.push(line),
  };
  const agent = commandAgent({ command });
  await agent.setUp?.(context);
  return { result: (): Promise<AgentResult> => agent.run(context), sandbox, trajectory, log };
}

test('a program finds instruction, address, key and model in its environment', async () => {
  const { result, sandbox } = await play('cat; env | grep -E "^(EVALRUN|OPENAI|ANTHROPIC)_" | sort');
  const { message, ending } = await result();
  expect(ending).toBe('finished');
  const instruction = [...sandbox.files].find(([path]) => path.endsWith('/instruction.md'));
  expect(message?.split('\n')).toEqual([
    'Mend it.ANTHROPIC_AUTH_TOKEN=the-token',
    'ANTHROPIC_BASE_URL=http://127.0.0.1:1',
    'EVALRUN_BASE_URL=http://127.0.0.1:1/v1',
    `EVALRUN_INSTRUCTION_FILE=${instruction?.[0]}`,
    'EVALRUN_MODEL=gpt-spark',
    'EVALRUN_TASK=mend',
    'EVALRUN_TOKEN=the-token',
    'OPENAI_API_KEY=the-token',
    'OPENAI_BASE_URL=http://127.0.0.1:1/v1',
    'OPENAI_MODEL=gpt-spark',
  ]);
  expect(new TextDecoder().decode(instruction?.[1])).toBe('Mend it.');
  expect(instruction?.[0].startsWith(folder)).toBe(false);
});

test('what it printed is its trajectory and its log', async () => {
  const { result, trajectory, log } = await play('echo to the model >&2; echo done');
  expect(await result()).toMatchObject({ ending: 'finished', message: 'done' });
  expect(trajectory).toMatchObject([
    { source: 'user', message: 'Mend it.' },
    { source: 'agent', message: 'done', extra: { ending: { kind: 'exited', code: 0 } } },
  ]);
  expect(log).toContain('to the model\n');
});

test('turns and usage are what the gateway saw since it was started', async () => {
  const usage = { input: 7, cachedInput: 0, output: 3, reasoning: 0, estimated: false };
  const requests = [
    requestRecord({ usage }),
    requestRecord({ kind: 'side', usage }),
    requestRecord({ status: 'failed', usage }),
    requestRecord({ usage }),
  ];
  const { result } = await play('true', { before: [requestRecord({ usage })], requests });
  expect(await result()).toMatchObject({ turns: 2, usage: { input: 14, output: 6 } });
});

test('a program that fails is judged on what it left, unless its model failed it', async () => {
  const failed = await play('echo broken >&2; exit 3');
  expect(await failed.result()).toMatchObject({ ending: 'agent-failed', message: 'broken' });
  const error = { kind: 'overloaded', message: 'too busy', retryable: true };
  const unserved = await play('exit 3', { requests: [requestRecord({ status: 'failed', error })] });
  await expect(unserved.result()).rejects.toMatchObject({ code: 'inference', isRetryable: true });
});

const busy = { kind: 'overloaded', message: 'too busy', retryable: true };
const tooLong = { kind: 'context-overflow', message: 'too long', retryable: false };
const wrong = { kind: 'invalid-request', message: 'no such tool', retryable: false };

test.each([
  ['a last answer that was cut, though the program ends as if nothing were', 'true', [{ error: busy }]],
  ['a last request beside the work', 'exit 1', [{ kind: 'side' as const, error: busy }]],
])('a provider’s failure is not the agent’s: %s', async (_name, command, failed) => {
  const requests = [requestRecord(), ...failed.map((one) => requestRecord({ ...one, status: 'failed' }))];
  const { result } = await play(command, { requests });
  await expect(result()).rejects.toMatchObject({ code: 'inference', isRetryable: true });
});

test.each([
  ['was got over', [{ error: busy, status: 'failed' as const }, {}]],
  ['was a wish that the provider does not grant', [{ error: wrong, status: 'failed' as const }]],
  ['was a conversation that had grown too long', [{ error: tooLong, status: 'failed' as const }]],
  ['was beside the work', [{}, { kind: 'side' as const, error: busy, status: 'failed' as const }]],
])('a program that finishes has finished where what failed %s', async (_name, requests) => {
  const { result } = await play('true', { requests: requests.map((one) => requestRecord(one)) });
  expect((await result()).ending).toBe('finished');
});

test('a real client reaches the address that it is given', async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  const client = `await fetch(process.env.OPENAI_BASE_URL + '/responses', { method: 'POST', headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY } });`;
  await writeFile(join(folder, 'client.mjs'), client);
  const { result } = await play(`'${process.execPath}' client.mjs`, {
    baseUrl: `http://127.0.0.1:${port}/v1`,
  });
  expect((await result()).ending).toBe('finished');
  expect(seen).toEqual(['POST /v1/responses Bearer the-token']);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('another command line is another version; none at all is refused', () => {
  const one = commandAgent({ command: 'my-agent' });
  expect(one.version).toBe(commandAgent({ command: 'my-agent' }).version);
  expect(one.version).not.toBe(commandAgent({ command: 'my-agent --fast' }).version);
  expect(one.refuses?.(modelProfile())).toBeUndefined();
  expect(commandAgent({}).refuses?.(modelProfile())).toContain('--agent-command');
});
