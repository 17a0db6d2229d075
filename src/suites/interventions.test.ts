import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InterventionEntry } from '../domain/intervention.ts';
import type { Solution, Task } from '../domain/task.ts';
import { failToPass, rewardFile, task, taskStep } from '../testing/tasks.ts';
import { interventionsOf, withInterventions } from './interventions.ts';
import { loadSuite } from './load-suite.ts';
import { refuseUnsteerable } from './refuse-unsteerable.ts';

let folder = '';
let changed = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-interventions-'));
  changed = join(folder, 'changed');
  for (const part of ['tests', 'solution']) await mkdir(join(changed, part), { recursive: true });
  await writeFile(join(changed, 'tests/test.sh'), 'exit 0\n');
  await writeFile(join(changed, 'solution/solve.sh'), 'true\n');
});
afterAll(() => rm(folder, { recursive: true }));

const solution: Solution = { kind: 'patch', patch: 'the original' };
const original = task({
  steps: [taskStep({ solution, verification: rewardFile({ testFolders: ['/tests'], timeoutSec: 7 }) })],
});
const entry = (overrides: Partial<InterventionEntry> = {}): InterventionEntry => ({
  task: 'mend',
  at: 'during-stream',
  kind: 'redirect',
  message: 'In blue.',
  follows: { files: ['blue'] },
  stale: { files: ['red'] },
  changed,
  ...overrides,
});
const apply = (...entries: InterventionEntry[]): Promise<Task[]> =>
  withInterventions([task({ id: 'other' }), original], entries, 'suite.yaml');

test('a task is replaced by its changed one: other tests, other solution, the old one is wrong now', async () => {
  const [other, mended] = await apply(entry());
  expect(other).toEqual(task({ id: 'other' }));
  expect(mended).toMatchObject({
    id: 'mend.redirect',
    group: 'mend',
    environment: original.environment,
    intervention: { kind: 'redirect', at: { kind: 'during-stream', answer: 1 }, message: 'In blue.' },
    steps: [
      {
        instruction: original.steps[0].instruction,
        verification: { kind: 'reward-file', testFolders: [join(changed, 'tests')], timeoutSec: 7 },
        solution: { kind: 'script', directory: join(changed, 'solution') },
        wrongSolution: solution,
      },
    ],
  });
});

test('several orders for one task are several tasks', async () => {
  const tasks = await apply(entry(), entry({ kind: 'interrupt' }), entry({ name: 'late' }));
  expect(tasks.map(({ id }) => id)).toEqual(['other', 'mend.redirect', 'mend.interrupt', 'mend.late']);
  expect(new Set(tasks.map(({ hash }) => hash)).size).toBe(4);
});

test('tests of the changed task stand in for any verification', async () => {
  const patched = task({ steps: [taskStep({ verification: failToPass({ timeoutSec: 9 }) })] });
  const [mended] = await withInterventions([patched], [entry()], 'suite.yaml');
  expect(mended?.steps[0].verification).toMatchObject({
    kind: 'reward-file',
    mode: 'shared',
    script: 'test.sh',
    timeoutSec: 9,
  });
});

test('the hash covers the original, the order and every file of the changed task', async () => {
  const hashOf = async (tasks: Promise<Task[]>) => (await tasks).at(-1)?.hash;
  const before = await hashOf(apply(entry()));
  expect(await hashOf(apply(entry()))).toBe(before);
  const originalChanged = [{ ...original, hash: 'other' }];
  const hashes = [
    await hashOf(apply(entry({ message: 'In green.' }))),
    await hashOf(apply(entry({ stale: { files: ['r*'] } }))),
    await hashOf(apply(entry({ at: 'after-seconds 1' }))),
    await hashOf(withInterventions(originalChanged, [entry()], 'suite.yaml')),
  ];
  await writeFile(join(changed, 'tests/more.py'), '1\n');
  hashes.push(await hashOf(apply(entry())));
  await rm(join(changed, 'tests/more.py'));
  expect(new Set([before, ...hashes]).size).toBe(6);
});

const steps: Task['steps'] = [taskStep(), taskStep({ name: 'second' })];
const ownImage: Task['steps'] = [taskStep({ verification: rewardFile({ mode: 'separate' }) })];

test.each([
  [
    'an unknown task',
    {},
    { task: 'mand' },
    'interventions.0.task: the suite has no task "mand" (did you mean "mend"?)',
  ],
  [
    'a folder without tests',
    {},
    { changed: '/nowhere' },
    'interventions.0.changed: there is no tests/test.sh in',
  ],
  ['several steps', { steps }, {}, 'interventions.0.task: "mend" has several steps'],
  [
    'tests that lie in an image',
    { steps: ownImage },
    {},
    "interventions.0.task: the task's tests lie in an image",
  ],
])('%s is refused with its place', async (_, changes, overrides, message) => {
  const applied = withInterventions([task({ ...original, ...changes })], [entry(overrides)], 'suite.yaml');
  await expect(applied).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(`suite.yaml: ${message}`),
  });
});

const valid = `name: mine
title: Mine
datasets:
  - path: ../data
interventions:
  - task: mend
    at: after-tool-call 2
    kind: redirect
    message: |
      In blue.
    follows: { files: ['blue'] }
    stale: { commands: ['red'] }
    changed: changed
`;

async function load(text: string) {
  const path = join(folder, 'mine.yaml');
  await writeFile(path, text);
  return loadSuite(path, folder);
}

test('a suite file names the folder relative to itself, and a message has no line end to it', async () => {
  const [read] = interventionsOf(await load(valid));
  expect(read).toMatchObject({ changed, message: 'In blue.' });
});

test.each([
  ['a moment that is none', ['after-tool-call 2', 'after-tool-call two'], 'at: use "after-tool-call N"'],
  ['another kind', ['redirect', 'stop'], 'kind: '],
  ['a typo', ['stale', 'stal'], 'unknown key "stal" (did you mean "stale"?)'],
  ['a typo within', ['commands', 'command'], 'stale: unknown key "command" (did you mean "commands"?)'],
  ['nothing to follow', ["{ files: ['blue'] }", '{}'], 'follows: give "files", "commands" or both'],
  ['a broken expression', ["'red'", "'(red'"], 'stale.commands.0: is not a regular expression'],
  ['an empty message', ['In blue.', ''], 'message: '],
] as const)('the error for %s names file and key', async (_, [from, to], message) => {
  await expect(load(valid.replace(from, to))).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(
      `mine.yaml: interventions.0.${message}`.replace('.unknown', ': unknown'),
    ),
  });
});

const loop = { name: 'loop', needsModel: true, steerable: true };
const deaf = { name: 'codex', needsModel: true };
const oracle = { name: 'oracle', needsModel: false };

test('an agent that cannot be steered is refused, by name and with the suite’s', async () => {
  const tasks = await apply(entry());
  expect(() => refuseUnsteerable(tasks, [loop, deaf], 'mine')).toThrow(
    'agent "codex" cannot be interrupted or redirected, which suite "mine" does (task mend.redirect)',
  );
  expect(() => refuseUnsteerable(tasks, [loop, oracle], 'mine')).not.toThrow();
  expect(() => refuseUnsteerable([original], [deaf], 'mine')).not.toThrow();
});
