import { expect, test } from 'vitest';
import type { TrajectoryStep, TrajectoryToolCall } from '../domain/trajectory.ts';
import { taskStep } from '../testing/tasks.ts';
import { workingStyle } from './working-style.ts';

const patchOf = (...files: string[]): string =>
  files
    .map(
      (file) => `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1 +1,2 @@\n-x\n+y\n+z\n`,
    )
    .join('');

const shell = (command: string, callId = command): TrajectoryToolCall => ({
  callId,
  name: 'shell',
  arguments: { command },
});

const steps = (...toolCalls: TrajectoryToolCall[]): TrajectoryStep[] => [
  { source: 'agent', atMs: 0, message: '', toolCalls },
];

const base = { step: taskStep(), patch: undefined, trajectory: [], spans: [], agentStartUs: 0 };

test('counts files and lines, and compares them with the reference', () => {
  const step = taskStep({ solution: { kind: 'patch', patch: patchOf('a.py') } });
  expect(workingStyle({ ...base, step, patch: patchOf('a.py', 'b.py') })).toMatchObject({
    filesChanged: 2,
    linesAdded: 4,
    linesRemoved: 2,
    filesOutsideReference: 1,
    linesBeyondReference: 3,
  });
});

test('knows a file by its quoted name too', () => {
  const patch = 'diff --git "a/\\303\\244.py" "b/\\303\\244.py"\n--- x\n+++ y\n@@ -0,0 +1 @@\n+x\n';
  expect(workingStyle({ ...base, patch })).toMatchObject({ filesChanged: 1, linesAdded: 1, linesRemoved: 0 });
});

test.each([
  ['cat a.py 2>/dev/null', false],
  ['grep -rn "x" src > /dev/null 2>&1', false],
  ['grep -n "a => b" x.ts', false],
  ['grep -n "x->y" x.c && test 1 -ge 0', false],
  ['echo x > a.py', true],
  ['echo x >>a.py', true],
  ['sed -i s/a/b/ a.py', true],
  ["cat <<'EOF' > a.py", true],
  ['git apply fix.diff', true],
])('%s is an edit: %s', (command, isEdit) => {
  expect(workingStyle({ ...base, trajectory: steps(shell(command)) }).toolCallsBeforeFirstEdit).toBe(
    isEdit ? 0 : undefined,
  );
});

test('says how long it looked before the first edit', () => {
  const trajectory = steps(shell('ls'), { callId: 'e', name: 'apply_patch', arguments: {} });
  const spans = [
    { part: 'tool' as const, name: 'apply_patch', startUs: 700, endUs: 800, details: { callId: 'e' } },
  ];
  expect(workingStyle({ ...base, trajectory, spans, agentStartUs: 100 })).toMatchObject({
    toolCalls: 2,
    toolCallsBeforeFirstEdit: 1,
    microsecondsBeforeFirstEdit: 600,
  });
});

test('counts test commands, and whether tests were asked for', () => {
  const trajectory = steps(
    shell('cd x && pytest -q'),
    shell('npm test'),
    shell('npm install'),
    shell('go test ./...'),
  );
  expect(workingStyle({ ...base, trajectory })).toMatchObject({ testCommands: 3, testsAskedFor: false });
  const asking = taskStep({ instruction: 'Mend it and add a few tests.' });
  expect(workingStyle({ ...base, step: asking }).testsAskedFor).toBe(true);
});

test('reads the commands of Codex, which names them otherwise', () => {
  const exec = (cmd: string): TrajectoryToolCall => ({
    callId: cmd,
    name: 'exec_command',
    arguments: { cmd },
  });
  const trajectory = steps(exec('cat a.py'), exec("sed -i 's/x/y/' a.py"), exec('pytest -q'));
  expect(workingStyle({ ...base, trajectory })).toMatchObject({
    toolCalls: 3,
    testCommands: 1,
    toolCallsBeforeFirstEdit: 1,
  });
});
