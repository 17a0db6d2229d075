import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EvalrunError } from '../../domain/errors.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { Span } from '../../domain/span.ts';
import type { TrajectoryStep } from '../../domain/trajectory.ts';
import { exited, type FakeCommand, FakeSandbox } from '../../testing/fake-sandbox.ts';
import { HeldClock } from '../../testing/held-clock.ts';
import { requestRecord } from '../../testing/scripted-inference.ts';
import { modelProfile, task, taskStep } from '../../testing/tasks.ts';
import { workingStyle } from '../../trials/working-style.ts';
import type { AgentContext } from '../agent.ts';
import { runCodex } from './run-codex.ts';

/** Recorded from Codex 0.169.0 in a container; long texts of the rollout are cut. */
const recorded = (name: string): string => join(import.meta.dirname, 'fixtures', name);
const eventLines = readFileSync(recorded('events.jsonl'), 'utf8').trimEnd().split('\n');
const responseIds = readFileSync(recorded('rollout.jsonl'), 'utf8').match(/(?<="response_id":")[^"]+/g) ?? [];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-codex-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A container in which Codex left this rollout. */
class LeftRollout extends FakeSandbox {
  rollout: string | undefined = recorded('rollout.jsonl');

  override async download(_path: string, hostFolder: string): Promise<boolean> {
    if (this.rollout === undefined) return false;
    const place = join(hostFolder, '2026/11/22/rollout-2026-11-22T19-37-11-other.jsonl');
    await mkdir(dirname(place), { recursive: true });
    await copyFile(this.rollout, place);
    return true;
  }
}

const clock = new HeldClock();

/** Writes lines as a container does: in pieces that end anywhere, 10 ms before each. */
function writing(lines: readonly string[], code = 0, stderr = ''): FakeCommand {
  return (options) => {
    for (const line of lines) {
      clock.advanceMs(10);
      const half = Math.floor(line.length / 2);
      options.onStdout?.(line.slice(0, half));
      options.onStdout?.(`${line.slice(half)}\n`);
    }
    return exited(code, '', stderr);
  };
}

interface PlayOptions {
  readonly requests?: readonly RequestRecord[];
  readonly closed?: AbortSignal;
  readonly signal?: AbortSignal;
  readonly rollout?: string | undefined;
}

function play(command: FakeCommand, options: PlayOptions = {}) {
  const sandbox = new LeftRollout(command, { clock });
  if ('rollout' in options) sandbox.rollout = options.rollout;
  const [spans, trajectory, log]: [Span[], TrajectoryStep[], string[]] = [[], [], []];
  const never = new AbortController().signal;
  const prices = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 1e5, source: 'test' };
  const context: AgentContext = {
    task: task(),
    step: taskStep(),
    sandbox,
    user: 'agent',
    model: modelProfile({ prices }),
    gateway: {
      baseUrl: 'http://127.0.0.1:1/v1',
      token: 'token',
      closed: options.closed ?? never,
      requests: () => options.requests ?? [],
    },
    artifactsFolder: folder,
    limits: { deadlineUs: () => undefined, maxTurns: 10, commandTimeoutMs: 1000 },
    signal: options.signal ?? never,
    clock,
    recordSpan: (span) => void spans.push(span),
    recordStep: (step) => void trajectory.push(step),
    log: (line) => void log.push(line),
  };
  return { result: runCodex(context), sandbox, spans, trajectory, log };
}

const answered = (turn: number, overrides: Partial<RequestRecord> = {}): RequestRecord =>
  requestRecord({
    turn,
    responseId: responseIds[turn - 1] ?? 'none',
    marks: { t0: 1000, firstAction: 1000 + turn * 500 },
    usage: { input: 100 * turn, cachedInput: 0, output: 10, reasoning: 0, estimated: false },
    ...overrides,
  });

const prewarm = requestRecord({ kind: 'prewarm', responseId: 'warm' });
const threeTurns = [prewarm, answered(1), answered(2), answered(3)];

test('runs Codex on the instruction, as the user, with the token only in the environment', async () => {
  const { result, sandbox } = play(writing(eventLines), { requests: threeTurns });
  expect(await result).toEqual({
    ending: 'finished',
    message: 'Done: a.txt.',
    turns: 3,
    usage: { input: 600, cachedInput: 0, output: 30, reasoning: 0, estimated: false },
  });
  const [exec] = sandbox.execs;
  expect(exec).toMatchObject({ stdin: 'Mend it.', user: 'agent', env: { EVALRUN_TOKEN: 'token' } });
  expect(exec?.argv.join(' ')).not.toContain('token');
});

test('records a step for each answer, with calls, results, usage and both times to first token', async () => {
  const { result, trajectory } = play(writing(eventLines), { requests: threeTurns });
  await result;
  expect(trajectory.map(({ source }) => source)).toEqual([
    'system',
    'system',
    'user',
    'user',
    'agent',
    'agent',
    'agent',
  ]);
  expect(trajectory[4]).toMatchObject({
    message: "I'll look at a.txt.",
    toolCalls: [
      {
        name: 'exec_command',
        arguments: { cmd: "sed -n '1,220p' a.txt" },
        exitCode: 0,
        durationUs: 10_000,
        result: expect.stringContaining('one\ntwo\nthree'),
      },
    ],
    usage: { input: 100 },
    extra: { turn: 1, ttft_us: 500, codex_turn_ttft_ms: expect.any(Number) },
  });
  expect(trajectory[5]).toMatchObject({
    toolCalls: [{ name: 'apply_patch', arguments: { input: expect.stringContaining('+TWO') } }],
    extra: { ttft_us: 1000 },
    costUsd: 1.0002,
  });
  expect(trajectory[5]?.extra).not.toHaveProperty('codex_turn_ttft_ms');
  expect(trajectory[6]).toMatchObject({ message: 'Done: a.txt.', toolCalls: [] });
});

test('times commands and edits by the events, under the call’s id', async () => {
  const startUs = clock.nowUs();
  const { result, spans, trajectory } = play(writing(eventLines), { requests: threeTurns });
  await result;
  const at = (line: number): number => startUs + (line + 1) * 10_000;
  expect(spans).toMatchObject([
    { part: 'tool', startUs: at(3), endUs: at(4) },
    { part: 'tool', startUs: at(6), endUs: at(7), name: 'apply_patch /app/a.txt' },
  ]);
  const calls = trajectory.flatMap(({ toolCalls = [] }) => toolCalls.map(({ callId }) => callId));
  expect(spans.map(({ details }) => details?.['callId'])).toEqual(calls);
  const style = workingStyle({
    step: taskStep(),
    patch: undefined,
    trajectory,
    spans,
    agentStartUs: startUs,
  });
  expect(style).toMatchObject({
    toolCalls: 2,
    toolCallsBeforeFirstEdit: 1,
    microsecondsBeforeFirstEdit: 70_000,
  });
});

test('a command began when Codex noted its call, though the events say so late', async () => {
  const noted = join(folder, 'noted');
  const early = new Date(clock.wallMs() + 25).toISOString();
  const rollout = readFileSync(recorded('rollout.jsonl'), 'utf8').split('\n');
  const lines = rollout.map((line) =>
    line.includes('"type":"function_call"')
      ? line.replace(/"timestamp":"[^"]*"/, `"timestamp":"${early}"`)
      : line,
  );
  await writeFile(noted, lines.join('\n'));
  const { result, spans } = play(writing(eventLines), { requests: threeTurns, rollout: noted });
  await result;
  expect(spans.map(({ startUs, endUs }) => endUs - startUs)).toEqual([25_000, 10_000]);
});

test('keeps the events and the rollout as they were', async () => {
  await play(writing(eventLines), { requests: threeTurns }).result;
  const kept = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  expect(await kept('codex-events.jsonl')).toBe(`${eventLines.join('\n')}\n`);
  expect(await kept('codex-rollout.jsonl')).toBe(readFileSync(recorded('rollout.jsonl'), 'utf8'));
});

test('at a time limit ends an open command with Codex, and reads a rollout that was cut off', async () => {
  const cut = join(folder, 'cut');
  const rollout = readFileSync(recorded('rollout.jsonl'), 'utf8');
  await writeFile(
    cut,
    rollout.slice(0, rollout.indexOf('"item_completed"', rollout.indexOf('function_call'))),
  );
  const time = new AbortController();
  const killed: FakeCommand = (options, sandbox) => {
    writing(eventLines.slice(0, 4))(options, sandbox);
    clock.advanceMs(300);
    time.abort();
    return { ending: { kind: 'aborted' } };
  };
  const { result, spans, log, trajectory } = play(killed, {
    signal: time.signal,
    rollout: cut,
    requests: [answered(1)],
  });
  expect(await result).toMatchObject({ ending: 'time-limit', turns: 1 });
  expect(spans).toMatchObject([{ name: expect.stringContaining('sed -n') }]);
  expect((spans[0]?.endUs ?? 0) - (spans[0]?.startUs ?? 0)).toBe(300_000);
  expect(log).toContain('codex: 1 lines of its events and rollout are not readable');
  expect(trajectory.at(-1)?.toolCalls).toMatchObject([{ name: 'exec_command' }]);
});

test('tells the work from the events where there is no rollout', async () => {
  const { result, trajectory } = play(writing(eventLines), { rollout: undefined });
  await result;
  expect(trajectory.map(({ source, message }) => [source, message])).toEqual([
    ['user', 'Mend it.'],
    ['agent', "I'll look at a.txt."],
    ['agent', 'Making the edit.'],
    ['agent', 'Done: a.txt.'],
  ]);
  expect(trajectory[1]?.toolCalls).toMatchObject([{ name: 'exec_command', exitCode: 0 }]);
});

const refused = [
  '{"type":"thread.started","thread_id":"t"}',
  '{"type":"turn.started"}',
  '{"type":"error","message":"Reconnecting... 1/3 (high demand)"}',
  '{"type":"turn.failed","error":{"message":"high demand"}}',
];
const failed = (kind: string, retryable: boolean): RequestRecord =>
  answered(1, { status: 'failed', error: { kind, message: 'too busy', retryable } });

test.each([
  ['overloaded', true],
  ['authentication', false],
])('throws a failure of the provider: %s', async (kind, retryable) => {
  const { result } = play(writing(refused, 1), { requests: [failed(kind, retryable)], rollout: undefined });
  const error = await result.catch((thrown: EvalrunError) => thrown);
  expect(error).toMatchObject({ code: 'inference', isRetryable: retryable, facts: { kind } });
});

test('takes a failure that was got over for none', async () => {
  const requests = [failed('server', true), answered(1), answered(2)];
  const { result } = play(writing([...refused, ...eventLines], 1), { requests, rollout: undefined });
  expect(await result).toMatchObject({ ending: 'agent-failed', turns: 2 });
});

test('a conversation that has grown too long is an ending', async () => {
  const { result } = play(writing(refused, 1), {
    requests: [failed('context-overflow', false)],
    rollout: undefined,
  });
  expect(await result).toMatchObject({ ending: 'context-overflow', message: 'too busy' });
});

test('a refusal, of which Codex says nothing, is an ending', async () => {
  const requests = [answered(1), answered(2, { refusal: 'I will not.' })];
  const { result } = play(writing(['{"type":"turn.completed"}']), { requests, rollout: undefined });
  expect(await result).toMatchObject({ ending: 'refused', message: 'I will not.', turns: 2 });
});

test('an answer that was cut is the failure that Codex says it is', async () => {
  const lines = ['{"type":"turn.failed","error":{"message":"Incomplete response returned"}}'];
  const requests = [answered(1, { status: 'incomplete' })];
  const { result } = play(writing(lines, 1), { requests, rollout: undefined });
  expect(await result).toMatchObject({
    ending: 'agent-failed',
    message: 'Incomplete response returned',
    turns: 0,
  });
});

test('stops when the gateway closes, and leaves its reason to the caller', async () => {
  const closing = new AbortController();
  const waiting: FakeCommand = async ({ signal }) => {
    closing.abort();
    return { ending: { kind: signal?.aborted === true ? 'aborted' : 'timed-out' } };
  };
  const { result } = play(waiting, { closed: closing.signal, requests: [answered(1)], rollout: undefined });
  expect(await result).toMatchObject({
    ending: 'agent-failed',
    message: 'the gateway takes no more of its requests',
    turns: 1,
  });
});

test('a container that cannot run it is our failure', async () => {
  const { result } = play(() => exited(126, '', 'permission denied'), { rollout: undefined });
  await expect(result).rejects.toMatchObject({ code: 'sandbox' });
});

test.each([
  ['before it could ask anything', []],
  ['after an answer', [prewarm, answered(1)]],
  ['in the midst of one', [prewarm, answered(1, { status: 'aborted' })]],
])('a way to the gateway that broke %s is our failure', async (_name, requests) => {
  const { result } = play(writing(refused, 1), { requests, rollout: undefined });
  await expect(result).rejects.toMatchObject({ code: 'sandbox', isRetryable: true });
});

test('says that another transport was used than the one asked for', async () => {
  const requests = threeTurns.map((record) => ({ ...record, transport: 'responses-sse' as const }));
  const { result, trajectory, log } = play(writing(eventLines), { requests });
  await result;
  const note = 'responses-websocket was asked for, and 3 requests went over responses-sse';
  expect(trajectory[4]?.extra).toMatchObject({ transport_note: note });
  expect(log).toContain(`codex: ${note}`);
});

test('a rollout into which somebody wrote is read as far as it is one', async () => {
  const lines = (await readFile(recorded('rollout.jsonl'), 'utf8')).split('\n');
  const rollout = join(folder, 'written-into.jsonl');
  const forged = (lines[0] ?? '').replace(/"timestamp":"[^"]*"/, '"timestamp":"once"');
  await writeFile(rollout, [forged, ...lines].join('\n'));
  const { result, trajectory, log } = play(writing(eventLines), { requests: threeTurns, rollout });
  expect((await result).ending).toBe('finished');
  expect(trajectory.map(({ atMs }) => Number.isFinite(atMs))).not.toContain(false);
  expect(log).toContain('codex: 1 lines of its events and rollout are not readable');
});

test('counts lines that are no events, and goes on', async () => {
  const { result, log } = play(writing(['not JSON', ...eventLines]), { requests: threeTurns });
  expect((await result).ending).toBe('finished');
  expect(log).toContain('codex: 1 lines of its events and rollout are not readable');
});
