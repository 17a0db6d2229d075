import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Agent } from '../agents/agent.ts';
import { loopAgent } from '../agents/loop/loop-agent.ts';
import { nopAgent } from '../agents/nop.ts';
import { EvalrunError } from '../domain/errors.ts';
import type { TrialRecord } from '../domain/record.ts';
import { trialRecordSchema } from '../domain/record.ts';
import type { Slot } from '../scheduler/slot.ts';
import { exited, type FakeCommand, FakeEngine } from '../testing/fake-sandbox.ts';
import { type Asked, calling, failing, ScriptedInference, says } from '../testing/scripted-inference.ts';
import { modelProfile, task, taskStep } from '../testing/tasks.ts';
import { removeFolders, runFakeTrial, verifierGiving } from '../testing/trial-setup.ts';

afterEach(removeFolders);

const agentThat = (run: Agent['run'], setUp?: Agent['setUp']): Agent => ({
  ...nopAgent,
  run,
  ...(setUp === undefined ? {} : { setUp }),
});

const repository = { path: '/app', baseCommit: 'b', hiddenCommits: [] };

/** Answers the scripts that need git as a clean repository would. */
const withGit: FakeCommand = ({ argv }, sandbox) => {
  if (argv.includes('scrub')) return exited(0, 'commits 1\nrefs 1\nunreachable 0\n');
  if (argv.includes('collect')) sandbox.write('/var/lib/evalrun/patch.diff', 'diff --git a/a b/a\n@@\n+x\n');
  return undefined;
};

const sumOf = (record: TrialRecord): number => Object.values(record.ledger).reduce((a, b) => a + b, 0);

test('judges what the agent left, removes the container and keeps a valid record', async () => {
  const { record, engine, folder, events } = await runFakeTrial({
    task: task({ repository }),
    engine: new FakeEngine({ command: withGit }),
  });
  expect(record.outcome).toEqual({
    status: 'judged',
    resolved: true,
    rewards: { reward: 1 },
    ending: 'finished',
  });
  expect(trialRecordSchema.parse(record)).toEqual(record);
  expect(sumOf(record)).toBe(record.wallUs);
  expect(record).toMatchObject({
    scrub: { commits: 1 },
    style: { linesAdded: 1 },
    final: false,
    folder: 'trials/mend.fake.1/try-1',
  });
  expect(engine.sandboxes.map(({ isRemoved, stops }) => [isRemoved, stops])).toEqual([[true, 1]]);
  expect(await readFile(join(folder, 'patch.diff'), 'utf8')).toContain('+x');
  expect(events.flatMap((event) => (event.type === 'trial-phase' ? [event.phase] : []))).toEqual([
    'image',
    'sandbox',
    'sandbox',
    'agent-setup',
    'agent',
    'collect',
    'verify',
    'teardown',
  ]);
});

describe('a failure of ours is errored with its phase, and the container is removed all the same', () => {
  const broken = (): never => {
    throw new EvalrunError('it broke', { code: 'sandbox', isRetryable: true });
  };
  const gitBreaks =
    (word: string): FakeCommand =>
    (options, sandbox) =>
      options.argv.includes(word) ? broken() : withGit(options, sandbox);
  const inGit = (command: FakeCommand): Parameters<typeof runFakeTrial>[0] => ({
    task: task({ repository }),
    engine: new FakeEngine({ command }),
  });
  test.each([
    ['image', { engine: new FakeEngine({ onPrepareImage: broken }) }, 0],
    ['sandbox', { engine: new FakeEngine({ onStart: broken }) }, 0],
    ['sandbox', inGit(gitBreaks('scrub')), 1],
    ['agent-setup', { agent: agentThat(nopAgent.run, broken) }, 1],
    ['agent', { agent: agentThat(broken) }, 1],
    ['collect', inGit(gitBreaks('collect')), 1],
    ['verify', { verifier: verifierGiving(1, broken) }, 1],
  ] as const)('%s', async (phase, setup, containers) => {
    const { record, engine } = await runFakeTrial(setup);
    expect(record.outcome).toEqual({
      status: 'errored',
      phase,
      code: 'sandbox',
      message: 'it broke',
      retryable: true,
    });
    expect(engine.sandboxes).toHaveLength(containers);
    expect(engine.sandboxes.every(({ isRemoved }) => isRemoved)).toBe(true);
    expect(sumOf(record)).toBe(record.wallUs);
  });
});

test('refuses a tree in which later history is left', async () => {
  const { record } = await runFakeTrial({
    task: task({ repository: { ...repository, hiddenCommits: ['f1x'] } }),
    engine: new FakeEngine({ command: () => exited(0, 'commits 1\nrefs 1\nunreachable 0\nfound f1x\n') }),
  });
  expect(record.outcome).toMatchObject({
    status: 'errored',
    phase: 'sandbox',
    message: expect.stringContaining('still holds more than its base commit'),
  });
});

test('takes the reason of a verifier’s failure as its code', async () => {
  const timeout = new EvalrunError('too slow', { code: 'verifier', facts: { reason: 'verifier-timeout' } });
  const verifier = verifierGiving(1, () => Promise.reject(timeout));
  expect((await runFakeTrial({ verifier })).record.outcome).toMatchObject({
    status: 'errored',
    code: 'verifier-timeout',
    retryable: false,
  });
});

test('calls an unforeseen exception internal and does not try it again', async () => {
  const agent = agentThat(() => Promise.reject(new TypeError('x is not a function')));
  expect((await runFakeTrial({ agent })).record.outcome).toMatchObject({
    status: 'errored',
    code: 'internal',
    retryable: false,
  });
});

test('judges an agent whose time was over', async () => {
  const agent = agentThat(async ({ signal }) => {
    await sleep(10_000, undefined, { signal });
    return {
      ending: 'finished',
      turns: 1,
      usage: { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false },
    };
  });
  const { record } = await runFakeTrial({ agent, limits: { agentTimeoutSec: 0.1 } });
  expect(record.outcome).toMatchObject({ status: 'judged', resolved: true, ending: 'time-limit' });
  expect(record.agentWallUs).toBeGreaterThanOrEqual(99_000);
  expect(record.agentWallUs).toBeLessThan(2_000_000);
});

test('is cancelled by the run’s stop, not errored, and cleans up', async () => {
  const stop = new AbortController();
  const agent = agentThat(async ({ signal }) => {
    setTimeout(() => stop.abort(), 20);
    await sleep(10_000, undefined, { signal });
    return expect.unreachable();
  });
  const { record, engine } = await runFakeTrial({ agent, stop: stop.signal });
  expect(record.outcome).toEqual({ status: 'cancelled', phase: 'agent', reason: 'interrupt' });
  expect(engine.sandboxes[0]?.isRemoved).toBe(true);
});

test('is cancelled when the stop comes while the verifier works', async () => {
  const stop = new AbortController();
  const { record } = await runFakeTrial({
    stop: stop.signal,
    verifier: verifierGiving(1, () => stop.abort()),
  });
  expect(record.outcome).toMatchObject({ status: 'cancelled', phase: 'verify' });
});

test('caps the verifier’s limit with the suite’s', async () => {
  let seen = 0;
  const verifier = verifierGiving(1, async ({ step }) => {
    seen = step.verification.timeoutSec;
    return { rewards: {}, notes: [] };
  });
  await runFakeTrial({ verifier, limits: { verifierTimeoutSec: 5 } });
  expect(seen).toBe(5);
  await runFakeTrial({ verifier, limits: { verifierTimeoutSec: 500 } });
  expect(seen).toBe(60);
});

test('counts the loop agent’s requests, tokens, cost and calls', async () => {
  const prices = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 10, source: 'assumed' };
  const inference = new ScriptedInference(calling(['shell', { command: 'pytest -q' }]), says('done'));
  const { record, folder } = await runFakeTrial({
    agent: loopAgent,
    model: modelProfile({ prices }),
    inference,
  });
  expect(record).toMatchObject({
    simulated: true,
    turns: 2,
    toolCalls: 1,
    agentMessage: 'done',
    requests: { completed: 2, failed: 0 },
    usage: { input: 200, output: 20 },
    costUsd: 0.0004,
    style: { testCommands: 1, testsAskedFor: false },
  });
  expect(inference.closed).toBe(1);
  const trajectory = JSON.parse(await readFile(join(folder, 'trajectory.json'), 'utf8'));
  expect(trajectory).toMatchObject({ schema_version: 'ATIF-v1.7', session_id: 'run/mend.fake.1/try-1' });
  expect((await readFile(join(folder, 'requests.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(2);
});

test('is errored when the model cannot be reached, and closes the session', async () => {
  const inference = new ScriptedInference(failing({ kind: 'overloaded', retryable: true }));
  const { record } = await runFakeTrial({ agent: loopAgent, model: modelProfile(), inference });
  expect(record.outcome).toMatchObject({
    status: 'errored',
    phase: 'agent',
    code: 'overloaded',
    retryable: true,
  });
  expect(inference.closed).toBe(1);
});

test('counts neither back-off nor the provider’s limits against the agent’s, nor the wait for its slot', async () => {
  const log: string[] = [];
  const slot: Slot = {
    lend: () => log.push('lent') > 0,
    takeBack: async () => {
      log.push('taken back');
      await sleep(100);
    },
  };
  const waiting = async ({ session }: Asked, ms: number, said: number): Promise<void> => {
    void session.onWaiting?.(true, said);
    await sleep(ms);
    await session.onWaiting?.(false);
  };
  const inference = new ScriptedInference(async (asked) => {
    await waiting(asked, 250, 999);
    await waiting(asked, 250, 1000);
    const answer = says('made it');
    return { ...answer, record: { ...answer.record, backoffUs: 350_000, paceUs: 350_000 } };
  });
  const { record } = await runFakeTrial({
    agent: loopAgent,
    model: modelProfile(),
    inference,
    slot,
    limits: { agentTimeoutSec: 0.2 },
  });
  expect(record).toMatchObject({ outcome: { ending: 'finished' }, agentMessage: 'made it' });
  const { agentWallUs = 0, agentWorkingUs = 0 } = record;
  expect(agentWallUs - agentWorkingUs).toBeGreaterThan(690_000);
  expect(agentWorkingUs).toBeLessThan(200_000);
  expect(record.ledger['model.backoff']).toBeGreaterThan(650_000);
  // Only the second wait was long enough to lend the slot for.
  expect(log).toEqual(['taken back', 'lent', 'taken back']);
});

test.each([
  ['budget', new EvalrunError('spent', { code: 'budget' })],
  ['interrupt', new DOMException('stopped', 'AbortError')],
])('is cancelled with the reason %s', async (reason, error) => {
  const stop = new AbortController();
  const inference = new ScriptedInference(() => {
    stop.abort(error);
    return { status: 'aborted' };
  });
  const setup = { agent: loopAgent, model: modelProfile(), inference, stop: stop.signal };
  const { record } = await runFakeTrial(setup);
  expect(record.outcome).toEqual({ status: 'cancelled', phase: 'agent', reason });
});

test('has its slot again before it goes on, even where the agent was stopped while it waited', async () => {
  const stop = new AbortController();
  const log: string[] = [];
  const slot: Slot = {
    lend: () => log.push('lent') > 0,
    takeBack: async () => {
      await sleep(50);
      log.push('taken back');
    },
  };
  const inference = new ScriptedInference(async ({ session }) => {
    void session.onWaiting?.(true, 5_000);
    stop.abort(new DOMException('stopped', 'AbortError'));
    return { status: 'aborted' };
  });
  const setup = { agent: loopAgent, model: modelProfile(), inference, slot, stop: stop.signal };
  const { record } = await runFakeTrial({
    ...setup,
    onEvent: (event) => {
      if (event.type === 'trial-phase' && event.phase === 'teardown') log.push('teardown');
    },
  });
  expect(record.outcome).toMatchObject({ status: 'cancelled' });
  expect(log).toEqual(['lent', 'taken back', 'teardown']);
});

describe('a task of several steps', () => {
  const steps = [taskStep({ name: 'one', minReward: { reward: 0.5 } }), taskStep({ name: 'two' })] as const;
  const rewarding = (...rewards: number[]): ReturnType<typeof verifierGiving> => ({
    ...verifierGiving(0),
    verify: async () => ({ rewards: { reward: rewards.shift() ?? 0 }, notes: [] }),
  });

  test('shares one container and takes the mean', async () => {
    const { record, engine } = await runFakeTrial({ task: task({ steps }), verifier: rewarding(1, 0.5) });
    expect(record.outcome).toMatchObject({ rewards: { reward: 0.75 }, resolved: false });
    expect(record.steps?.map(({ name, rewards }) => [name, rewards?.['reward']])).toEqual([
      ['one', 1],
      ['two', 0.5],
    ]);
    expect(engine.sandboxes).toHaveLength(1);
  });

  test('takes the last one’s reward where the task says final', async () => {
    const { record } = await runFakeTrial({
      task: task({ steps, rewardStrategy: 'final' }),
      verifier: rewarding(0.5, 1),
    });
    expect(record.outcome).toMatchObject({ rewards: { reward: 1 }, resolved: true });
  });

  test('skips what follows a step below its minimum, and is not resolved', async () => {
    const { record } = await runFakeTrial({ task: task({ steps }), verifier: rewarding(0.4, 1) });
    expect(record.steps).toMatchObject([{ skipped: false }, { name: 'two', skipped: true }]);
    expect(record.outcome).toMatchObject({ status: 'judged', resolved: false });
  });

  test('gives its limit of tokens once, not to every step', async () => {
    const inference = new ScriptedInference(says('first'), says('never'));
    const { record } = await runFakeTrial({
      task: task({ steps }),
      agent: loopAgent,
      model: modelProfile(),
      inference,
      verifier: rewarding(1, 1),
      limits: { maxTokens: 110 },
    });
    expect(record).toMatchObject({ turns: 1, outcome: { ending: 'token-limit' } });
  });
});

test('starts a try with an empty folder, whatever a killed process left in it', async () => {
  const first = await runFakeTrial({
    agent: agentThat(async (context) => {
      context.log('old');
      return nopAgent.run(context);
    }),
  });
  expect(await readFile(join(first.folder, 'agent.log'), 'utf8')).toBe('old\n');
  const { TryFiles } = await import('./try-files.ts');
  const files = await TryFiles.open(first.folder);
  files.agentLog('new');
  await files.close();
  expect(await readFile(join(first.folder, 'agent.log'), 'utf8')).toBe('new\n');
});

test('keeps the verdict when the container cannot be removed', async () => {
  const engine = new FakeEngine({ onRemove: () => Promise.reject(new Error('engine is gone')) });
  const { record } = await runFakeTrial({ engine });
  expect(record.outcome).toMatchObject({ status: 'judged', resolved: true });
  expect(record.notes).toEqual(['a container could not be removed: engine is gone']);
});

test('keeps the verdict when the trajectory cannot be written', async () => {
  const agent = agentThat(async (context) => {
    context.recordStep({ source: 'agent', atMs: Number.NaN, message: 'when?' });
    return nopAgent.run(context);
  });
  const { record } = await runFakeTrial({ agent });
  expect(record.outcome).toMatchObject({ status: 'judged', resolved: true });
  expect(record.notes).toEqual([expect.stringContaining('the trajectory could not be written')]);
});

test('removes the fresh container of a verifier too', async () => {
  const verifier = verifierGiving(1, async ({ startFresh }) => {
    await startFresh();
    return { rewards: {}, notes: [] };
  });
  const { engine } = await runFakeTrial({ verifier });
  expect(engine.sandboxes.map(({ role, isRemoved }) => [role, isRemoved])).toEqual([
    ['agent', true],
    ['verifier', true],
  ]);
});

test('puts the environment’s files into the fresh container of a verifier as well', async () => {
  const workdirUpload = import.meta.dirname;
  const verifier = verifierGiving(1, async ({ startFresh }) => {
    await startFresh();
    return { rewards: {}, notes: [] };
  });
  const environment = { ...task().environment, workdirUpload };
  const { engine } = await runFakeTrial({ task: task({ environment }), verifier });
  expect(engine.sandboxes.map(({ uploads }) => uploads)).toEqual([
    [[workdirUpload, '/app']],
    [[workdirUpload, '/app']],
  ]);
});
