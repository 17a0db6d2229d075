import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loopAgent } from '../../agents/loop/loop-agent.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { ModelProfile } from '../../domain/model.ts';
import { profileOf } from '../../inference/simulator/fixtures.ts';
import { readRun } from '../../results/result-store.ts';
import { planTrials } from '../../suites/plan-trials.ts';
import {
  type ExecutedRun,
  executeFakeRun,
  isTests,
  judgedBy,
  limits,
  newFolder,
  removeFolders,
  sixTasks,
} from '../../testing/fake-run.ts';
import { FakeEngine } from '../../testing/fake-sandbox.ts';
import { runDocument } from '../../testing/records.ts';
import { modelProfile } from '../../testing/tasks.ts';
import {
  type CassetteArguments,
  type CassetteChoice,
  cassetteChoiceOf,
  cassetteLines,
  refuseUnrecorded,
} from './cassette-flags.ts';
import { openCassettes } from './open-cassettes.ts';
import { replayedModel } from './recorded-models.ts';

afterEach(removeFolders);

const model = modelProfile({
  contextTokens: 100_000,
  simulation: profileOf({ ttftMs: 30, sigma: 0.2, tokensPerSecond: 3_000, rate: 0.5 }),
});
const arm = { agent: 'loop', model: 'spark', transport: 'responses-websocket' as const };

/** Its tests pass when the patch was applied; tools say when they were asked, as many real ones do. */
const command = judgedBy(
  (sandbox) => sandbox.text('/app/done.txt') === 'done\n',
  () => `ran in ${Math.random()} s\n`,
);

async function runWith(
  choice: CassetteChoice,
  options: { readonly model?: ModelProfile; readonly engine?: FakeEngine; readonly folder?: string } = {},
): Promise<ExecutedRun> {
  const folder = options.folder ?? join(await newFolder(), 'run');
  const arms = [{ arm, agent: loopAgent, model: options.model ?? model }];
  const document = runDocument({
    runId: choice.kind,
    arms: [arm],
    jobs: 3,
    limits,
    ...cassetteLines(choice),
  });
  refuseUnrecorded(choice, planTrials({ tasks: sixTasks, arms: [arm], attempts: 1, finished: new Set() }));
  await using cassettes = await openCassettes({ choice, run: document, arms, env: {} });
  const engine = options.engine ?? new FakeEngine({ command });
  return await executeFakeRun({ folder, document, arms, tasks: sixTasks, engine, cassettes });
}

async function choiceOf(args: CassetteArguments): Promise<CassetteChoice> {
  const { stdout, stderr } = process;
  const signal = new AbortController().signal;
  return cassetteChoiceOf(args, { stdout, stderr, env: {}, cwd: tmpdir(), packageFolder: '', signal });
}

async function recorded(): Promise<{ readonly cassette: string; readonly ran: ExecutedRun }> {
  const cassette = join(await newFolder(), 'cassette');
  return { cassette, ran: await runWith(await choiceOf({ record: cassette })) };
}

async function replayOf(cassette: string, args: CassetteArguments = {}): Promise<ExecutedRun> {
  const choice = await choiceOf({ replay: cassette, ...args });
  if (choice.kind !== 'replay') throw new Error('no replay');
  const asked = { alias: 'spark', provider: undefined, transport: undefined, effort: undefined };
  return runWith(choice, { model: replayedModel(asked, choice.cassette.manifest) });
}

function outcomesOf({ records }: ExecutedRun): [string, unknown][] {
  return records
    .map(({ trialId, outcome }): [string, unknown] => [trialId, outcome])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

test('a recorded run is replayed with the same outcomes, and says what was replayed and what differed', async () => {
  const { cassette, ran } = await recorded();
  expect(new Set(ran.records.map(({ outcome }) => outcome.status === 'judged' && outcome.resolved))).toEqual(
    new Set([true, false]),
  );
  expect(ran.run.record).toEqual({ folder: cassette });
  const replayed = await replayOf(cassette, { 'time-scale': 0 });
  expect(outcomesOf(replayed)).toEqual(outcomesOf(ran));
  expect(replayed.records.every(({ simulated }) => simulated)).toBe(true);
  expect(replayed.run.replay).toMatchObject({
    recordedRun: 'record',
    timeScale: 0,
    strict: false,
    differences: { notAskedFor: 0, byKind: { times: expect.any(Number) } },
  });
  const notices = replayed.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
  expect(notices.at(-1)).toMatch(/^replayed at ×0 from run record, recorded .*: \d+ of \d+ requests/);
});

test('strict refuses other output of tools: the trials are errored and not scored', async () => {
  const { cassette } = await recorded();
  const { records } = await replayOf(cassette, { 'time-scale': 0, 'replay-strict': true });
  expect(records.map(({ outcome }) => outcome)).toEqual(
    sixTasks.map(() =>
      expect.objectContaining({
        status: 'errored',
        phase: 'agent',
        code: 'replay-mismatch',
        message: expect.stringContaining('which --replay-strict refuses'),
        retryable: false,
      }),
    ),
  );
});

test('trials without a whole recording are refused by name before anything runs', async () => {
  const { cassette } = await recorded();
  const index = join(cassette, 'tries.jsonl');
  const lines = (await readFile(index, 'utf8'))
    .split('\n')
    .filter((line) => !line.includes('north.loop-spark.1'));
  await writeFile(index, lines.join('\n'));
  await expect(replayOf(cassette)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/1 of 6 trials are not recorded to their end:\n {2}north\.loop-spark\.1/),
  });
});

test('a try that our own failure broke off is not played, but the final one', async () => {
  const cassette = join(await newFolder(), 'cassette');
  let failures = 0;
  const engine = new FakeEngine({
    command: (options, sandbox) => {
      if (!isTests(options.argv) || failures > 0) return command(options, sandbox);
      failures += 1;
      throw new EvalrunError('the engine is busy', { code: 'sandbox', isRetryable: true });
    },
  });
  const ran = await runWith(await choiceOf({ record: cassette }), { engine });
  expect(ran.records.map((record) => record.final).filter((final) => !final)).toHaveLength(1);
  const finals = { ...ran, records: ran.records.filter(({ final }) => final) };
  expect(outcomesOf(await replayOf(cassette, { 'time-scale': 0 }))).toEqual(outcomesOf(finals));
});

test('a recording that cannot be written fails the run', async () => {
  const cassette = join(await newFolder(), 'cassette');
  const choice = await choiceOf({ record: cassette });
  const folder = join(await newFolder(), 'run');
  const engine = new FakeEngine({
    command,
    onStart: () => writeFile(join(cassette, 'trials'), 'a file where a folder has to be'),
  });
  await expect(runWith(choice, { engine, folder })).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('the recording cannot be written'),
  });
  const { run, records } = await readRun(folder);
  expect(run.state).toBe('failed');
  expect(records.values.some(({ outcome }) => outcome.status === 'judged')).toBe(false);
});

test.each<[CassetteArguments, RegExp]>([
  [{ record: 'a', replay: 'b' }, /do not go together/],
  [{ 'time-scale': 0 }, /belong to --replay/],
  [{ 'replay-strict': true }, /belong to --replay/],
  [{ replay: 'b', 'time-scale': -1 }, /at least 0/],
  [{ replay: 'no-such-folder' }, /no recording/],
])('%o is wrong usage', async (args, message) => {
  await expect(choiceOf(args)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message),
  });
});

test('a recording answers neither another model, nor another transport or effort', async () => {
  const { cassette } = await recorded();
  const choice = await choiceOf({ replay: cassette });
  if (choice.kind !== 'replay') throw new Error('no replay');
  const asked = { alias: 'spark', provider: undefined, transport: undefined, effort: undefined };
  const { manifest } = choice.cassette;
  expect(replayedModel(asked, manifest)).toEqual({
    ...model,
    provider: { name: 'simulated', kind: 'simulated', playedBy: 'cassette' },
  });
  expect(() => replayedModel({ ...asked, alias: 'deep' }, manifest)).toThrow(/"deep" is not known/);
  expect(() => replayedModel({ ...asked, transport: 'sse' }, manifest)).toThrow(/--transport responses-sse/);
  expect(() => replayedModel({ ...asked, effort: 'high' }, manifest)).toThrow(/--effort high/);
});
