import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportRun } from '../export/export-run.ts';
import { readAnyRun, readRun } from '../result-store.ts';
import { importResults } from './import-results.ts';
import type { ImportNames } from './imported.ts';
import { writeImport } from './write-import.ts';

let folder: string;
const noNames: ImportNames = { agent: undefined, model: undefined, dataset: undefined };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-import-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function imported(path: string, names = noNames, runId = 'run') {
  const target = join(folder, 'results', runId);
  const results = await importResults(path, names);
  const options = { folder: target, runId, sourcePath: path, evalrunVersion: '0', now: new Date(0) };
  await writeImport(results, options);
  return readAnyRun(target);
}

const hash = 'a'.repeat(40);
const evalResults = {
  [`instance_acme__tools-${hash}`]: true,
  [`instance_acme__web-${hash}-v${hash}`]: false,
};

test("SWE-bench Pro's results become judged trials without times, grouped by repository", async () => {
  const { run, records } = await imported(await file('gpt-9.eval_results.json', evalResults));
  expect(run).toMatchObject({ simulated: false, imported: { system: 'swe-bench-pro' } });
  expect(records.unreadable).toEqual([]);
  expect(records.values.map(({ outcome, group, arm }) => [outcome.status, group, arm.model])).toEqual([
    ['judged', 'acme/tools', 'gpt-9'],
    ['judged', 'acme/web', 'gpt-9'],
  ]);
  expect(records.values.every((record) => record.wallUs === undefined && record.usage === undefined)).toBe(
    true,
  );
});

test('what the results do not tell is taken from the names that are given', async () => {
  const path = await file('eval_results.json', evalResults);
  const { records } = await imported(path, { agent: 'mine', model: 'm', dataset: 'd' });
  expect(records.values[0]).toMatchObject({ dataset: 'd', arm: { agent: 'mine', model: 'm' } });
});

test('an imported run cannot be resumed, and says so', async () => {
  await imported(await file('eval_results.json', evalResults));
  await expect(readRun(join(folder, 'results', 'run'))).rejects.toThrow(/imported from swe-bench-pro/);
});

test('a SWE-bench report keeps what its harness could not judge apart from what failed', async () => {
  const report = {
    resolved_ids: ['acme__a-1'],
    unresolved_ids: ['acme__a-2'],
    empty_patch_ids: ['acme__a-3'],
    error_ids: ['acme__a-4'],
    completed_ids: ['acme__a-1', 'acme__a-2'],
  };
  const { records } = await imported(await file('claude.my-run.json', report));
  const outcomes = Object.fromEntries(records.values.map(({ taskId, outcome }) => [taskId, outcome]));
  expect(outcomes['acme__a-1']).toMatchObject({ status: 'judged', resolved: true });
  expect(outcomes['acme__a-2']).toMatchObject({ status: 'judged', resolved: false });
  expect(outcomes['acme__a-3']).toMatchObject({ status: 'judged', resolved: false });
  expect(outcomes['acme__a-4']).toMatchObject({ status: 'errored', phase: 'verify' });
  expect(records.values[0]?.group).toBe('acme/a');
});

const tbTrial = (task: string, resolved: boolean | null, mode = 'unset') => ({
  task_id: task,
  is_resolved: resolved,
  failure_mode: mode,
  parser_results: resolved === null ? null : { test_a: 'passed', test_b: resolved ? 'passed' : 'failed' },
  total_input_tokens: null,
  total_output_tokens: null,
  trial_started_at: '2026-01-01T00:00:00.000000+00:00',
  agent_started_at: '2026-01-01T00:00:01.000000+00:00',
  agent_ended_at: '2026-01-01T00:00:04.500250+00:00',
  test_started_at: '2026-01-01T00:00:04.500250+00:00',
  test_ended_at: '2026-01-01T00:00:06.000000+00:00',
  trial_ended_at: '2026-01-01T00:00:07.000000+00:00',
});
const tbMetadata = {
  run_id: 'r',
  dataset_name: 'core',
  dataset_version: '1',
  agent_name: 'droid',
  model_name: 'm',
};

test("Terminal-Bench 1's repeats are attempts, with their times; no verdict is no failure", async () => {
  for (const repeat of ['one', 'two']) {
    await file(`tb/${repeat}/run_metadata.json`, tbMetadata);
    const results = [
      tbTrial('a', true),
      tbTrial('b', false, 'agent_timeout'),
      tbTrial('c', null, 'test_timeout'),
    ];
    await file(`tb/${repeat}/results.json`, { results });
  }
  const { run, records } = await imported(join(folder, 'tb'));
  expect(run).toMatchObject({ attempts: 2, datasets: [{ name: 'core', version: '1' }] });
  const [a, b, c, again] = records.values;
  expect(a).toMatchObject({
    agentWallUs: 3_500_250,
    wallUs: 7_000_000,
    outcome: { resolved: true, tests: { passed: 2, failed: 0 } },
    ledger: { sandbox: 1_000_000, agent: 3_500_250, verify: 1_499_750, unattributed: 1_000_000 },
  });
  expect(b?.outcome).toMatchObject({ status: 'judged', resolved: false, ending: 'time-limit' });
  expect(c?.outcome).toMatchObject({ status: 'errored', code: 'test_timeout' });
  expect(again).toMatchObject({ taskId: 'a', attempt: 2 });
});

const span = (from: number, to: number) => ({
  started_at: `2026-01-01T00:00:0${from}.000000Z`,
  finished_at: `2026-01-01T00:00:0${to}.000000Z`,
});
const harborTrial = (name: string, overrides: Record<string, unknown> = {}) => ({
  task_name: `acme/${name}`,
  trial_name: `${name}__abcdefg`,
  task_checksum: 'sum',
  source: 'acme-tasks',
  config: { agent: { name: 'codex', model_name: 'openai/x' } },
  agent_info: { name: 'codex', version: '1', model_info: null },
  agent_result: { n_input_tokens: 10, n_cache_tokens: 4, n_output_tokens: 3, cost_usd: 0.5 },
  verifier_result: { rewards: { reward: 1 } },
  exception_info: null,
  ...span(0, 9),
  environment_setup: span(0, 2),
  agent_setup: span(2, 3),
  agent_execution: span(3, 6),
  verifier: span(6, 8),
  ...overrides,
});

test("Harbor's job keeps its four timers, usage, cost and trajectory", async () => {
  await file('job/a__1/result.json', harborTrial('a'));
  await file('job/a__1/agent/trajectory.json', '{"schema_version":"ATIF-v1.7"}');
  const timeout = {
    exception_info: { exception_type: 'AgentTimeoutError' },
    verifier_result: { rewards: { reward: 0 } },
  };
  await file('job/b__1/result.json', harborTrial('b', timeout));
  const broken = {
    exception_info: { exception_type: 'EnvironmentStartTimeoutError' },
    verifier_result: null,
  };
  await file('job/c__1/result.json', harborTrial('c', broken));
  await file('job/result.json', { id: 'job', n_total_trials: 3 });
  const { folder: target, records } = await imported(join(folder, 'job'));
  const [a, b, c] = records.values;
  expect(a).toMatchObject({
    taskHash: 'sum',
    costUsd: 0.5,
    usage: { input: 10, cachedInput: 4, output: 3 },
    ledger: { sandbox: 2e6, 'agent-setup': 1e6, agent: 3e6, verify: 2e6, unattributed: 1e6 },
  });
  expect(await readFile(join(target, a?.folder ?? '', 'trajectory.json'), 'utf8')).toContain('ATIF');
  expect(b?.outcome).toMatchObject({ status: 'judged', resolved: false, ending: 'time-limit' });
  expect(c?.outcome).toMatchObject({ status: 'errored', phase: 'sandbox' });
});

test('a Harbor job that is exported and imported again says the same', async () => {
  await file('job/a__1/result.json', harborTrial('a'));
  await file('job/b__1/result.json', harborTrial('b', { verifier_result: { rewards: { reward: 0 } } }));
  const first = await imported(join(folder, 'job'));
  await exportRun(first, 'harbor', join(folder, 'out'));
  const second = await imported(join(folder, 'out'), noNames, 'again');
  const facts = ({ records }: typeof first) =>
    records.values.map(({ taskId, outcome, usage, agentWallUs, arm }) => ({
      taskId,
      outcome,
      usage,
      agentWallUs,
      arm,
    }));
  expect(facts(second)).toEqual(facts(first));
});

test('predictions are written for trials that have a patch, and only for those', async () => {
  const stored = await imported(await file('eval_results.json', evalResults));
  await expect(exportRun(stored, 'swe-bench', join(folder, 'out'))).rejects.toThrow(/trials with a patch/);
  const first = stored.records.values[0];
  await file(join('results/run', first?.folder ?? '', 'patch.diff'), 'diff --git a/x b/x\n');
  const [lines] = await exportRun(stored, 'swe-bench', join(folder, 'out'));
  expect(
    (await readFile(lines ?? '', 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(
    [
      {
        instance_id: first?.taskId,
        model_name_or_path: 'swe-agent-eval_results.1',
        model_patch: 'diff --git a/x b/x\n',
      },
    ].map((row) => expect.objectContaining({ ...row, model_name_or_path: expect.any(String) })),
  );
  const [array] = await exportRun(stored, 'swe-bench-pro', join(folder, 'out'));
  expect(JSON.parse(await readFile(array ?? '', 'utf8'))).toEqual([
    expect.objectContaining({ instance_id: first?.taskId, patch: 'diff --git a/x b/x\n' }),
  ]);
});

test.each([
  ['not JSON at all', 'hello', /not valid JSON/],
  ['cut in the middle', '{"a": tr', /not valid JSON/],
  ['a document of another kind', { a: 1 }, /none of the results that are known/],
  ['an empty object', {}, /holds no trial/],
  ['a Harbor trial without its agent', { trial_name: 'x', agent_info: 3 }, /task_name|agent_info/],
])('%s gives one clear error and writes nothing', async (_name, content, message) => {
  await expect(imported(await file('in.json', content))).rejects.toThrow(message);
  await expect(readAnyRun(join(folder, 'results', 'run'))).rejects.toThrow();
});

test('an existing run is never overwritten', async () => {
  const path = await file('eval_results.json', evalResults);
  await imported(path);
  await expect(imported(path)).rejects.toThrow(/--run-id/);
  expect((await readAnyRun(join(folder, 'results', 'run'))).records.values).toHaveLength(2);
});
