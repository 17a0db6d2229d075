import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Solution } from '../domain/task.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { exited, FakeSandbox } from '../testing/fake-sandbox.ts';
import { HeldClock } from '../testing/held-clock.ts';
import { hostSandbox } from '../testing/host-sandbox.ts';
import { task, taskStep } from '../testing/tasks.ts';
import type { AgentContext } from './agent.ts';
import { createAgents } from './agents.ts';
import { nopAgent } from './nop.ts';
import { oracleAgent, wrongAgent } from './oracle.ts';

const run = promisify(execFile);

function contextOf(sandbox: Sandbox, solution?: Solution): AgentContext {
  return {
    task: task(),
    step: taskStep(solution === undefined ? {} : { solution }),
    sandbox,
    limits: { deadlineUs: () => undefined, maxTurns: 1, commandTimeoutMs: 1000 },
    signal: new AbortController().signal,
    clock: new HeldClock(),
    recordSpan: () => undefined,
    recordStep: () => undefined,
    log: () => undefined,
  };
}

test('applies the reference patch', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-oracle-'));
  await run('git', ['init', '-q', folder]);
  await writeFile(join(folder, 'a.txt'), 'old\n');
  const patch = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n';
  const result = await oracleAgent.run(contextOf(hostSandbox(folder), { kind: 'patch', patch }));
  expect(result).toMatchObject({ ending: 'finished', turns: 0 });
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('new\n');
  await rm(folder, { recursive: true });
});

const script: Solution = { kind: 'script', directory: '/nowhere', script: 'solve.sh', env: { A: '1' } };

test('runs the reference script with its environment', async () => {
  const sandbox = new FakeSandbox();
  expect(await oracleAgent.run(contextOf(sandbox, script))).toMatchObject({ ending: 'finished' });
  expect(sandbox.uploads).toEqual([['/nowhere', '/solution']]);
  expect(sandbox.execs[0]).toMatchObject({ argv: ['bash', '/solution/solve.sh'], env: { A: '1' } });
});

test('says that the solution failed', async () => {
  const sandbox = new FakeSandbox(() => exited(2, '', 'no such file'));
  expect(await oracleAgent.run(contextOf(sandbox, script))).toMatchObject({
    ending: 'agent-failed',
    message: expect.stringContaining('no such file'),
  });
});

test('refuses a task without a solution of its kind', async () => {
  await expect(oracleAgent.run(contextOf(new FakeSandbox()))).rejects.toThrow('has no reference solution');
  await expect(wrongAgent.run(contextOf(new FakeSandbox()))).rejects.toThrow('has no wrong solution');
});

test('nop touches nothing, and the wrong solution is not on offer', async () => {
  const sandbox = new FakeSandbox();
  expect((await nopAgent.run(contextOf(sandbox))).ending).toBe('finished');
  expect(sandbox.execs).toEqual([]);
  expect(createAgents().map(({ name }) => name)).toEqual(['loop', 'codex', 'command', 'oracle', 'nop']);
});
