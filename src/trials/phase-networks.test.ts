import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from '../agents/agent.ts';
import { nopAgent } from '../agents/nop.ts';
import { EvalrunError } from '../domain/errors.ts';
import type { Resources } from '../domain/run.ts';
import type { Task, TaskNetwork } from '../domain/task.ts';
import type { Gateway } from '../inference/gateway/gateway.ts';
import { startGateway } from '../inference/gateway/start-gateway.ts';
import { modelOf } from '../inference/simulator/fixtures.ts';
import { systemClock } from '../lib/clock.ts';
import { FakeEngine } from '../testing/fake-sandbox.ts';
import { rewardFile, task, taskStep } from '../testing/tasks.ts';
import { removeFolders, runFakeTrial, verifierGiving } from '../testing/trial-setup.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
    random: () => 0.5,
    stallTimeoutMs: 1000,
    connectTimeoutMs: 1000,
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());
afterEach(removeFolders);

const hosts = (...allowedHosts: string[]): TaskNetwork => ({ network: 'allowlist', allowedHosts });
const none: TaskNetwork = { network: 'none' };
const open: TaskNetwork = { network: 'public' };

/** A task of one step. */
const taskWith = (agent: TaskNetwork, tests?: TaskNetwork, mode: 'shared' | 'separate' = 'shared'): Task =>
  task({
    environment: { ...task().environment, ...agent },
    steps: [
      taskStep({ verification: rewardFile({ mode, ...(tests === undefined ? {} : { network: tests }) }) }),
    ],
  });

/** Asks its model from inside the container. */
const insideAgent: Agent = { ...nopAgent, asksVia: 'gateway' };

function answers(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(socketPath);
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

interface Seen {
  readonly who: string;
  readonly network: string | undefined;
  /** Which of the ways that were opened so far still answer. */
  readonly ways: readonly boolean[];
}

/** Runs the trial and tells what the container could reach while each agent and each verifier worked. */
async function phasesOf(
  given: Task,
  options: { readonly agent?: Agent; readonly resources?: Resources; readonly reward?: number } = {},
): Promise<{ seen: Seen[]; ran: Awaited<ReturnType<typeof runFakeTrial>> }> {
  const engine = new FakeEngine();
  const seen: Seen[] = [];
  const look = async (who: string): Promise<void> => {
    const changes = engine.sandboxes[0]?.networks ?? [];
    const asked = [...engine.starts.slice(0, 1), ...changes];
    const sockets = asked.flatMap(({ reach }) => (reach === undefined ? [] : [reach.socketPath]));
    const ways = await Promise.all([...new Set(sockets)].map(answers));
    seen.push({ who, network: asked.at(-1)?.network, ways });
  };
  const { agent = nopAgent, resources = {}, reward = 1 } = options;
  const ran = await runFakeTrial({
    task: given,
    engine,
    gateway,
    resources,
    ...(agent.asksVia === 'gateway' ? { model: modelOf('http://127.0.0.1:9', 'responses-sse') } : {}),
    agent: {
      ...agent,
      run: async (context) => {
        await look('agent');
        return nopAgent.run(context);
      },
    },
    verifier: verifierGiving(reward, () => look('tests')),
  });
  return { seen, ran };
}

describe("tests in the agent's container", () => {
  test.each<[string, TaskNetwork, TaskNetwork]>([
    ['allowlist to public', hosts('a.org'), open],
    ['public to none', open, none],
    ['none to public', none, open],
  ])('have their own network: %s', async (_, agent, tests) => {
    const { seen, ran } = await phasesOf(taskWith(agent, tests));
    const isListed = agent.network === 'allowlist';
    expect(seen).toEqual([
      { who: 'agent', network: agent.network, ways: isListed ? [true] : [] },
      { who: 'tests', network: tests.network, ways: isListed ? [false] : [] },
    ]);
    expect(ran.record).toMatchObject({
      outcome: { status: 'judged', resolved: true },
      network: { policy: agent.network },
    });
    expect(ran.engine.sandboxes.map(({ networks, stops }) => [networks.length, stops])).toEqual([[1, 1]]);
  });

  test.each<[string, TaskNetwork]>([
    ['another list', hosts('b.org')],
    ['a list where the agent had the internet', hosts('a.org')],
  ])('have a way of their own for %s', async (_, tests) => {
    const agent = tests.allowedHosts?.[0] === 'a.org' ? open : hosts('a.org');
    const { seen } = await phasesOf(taskWith(agent, tests));
    expect(seen.at(-1)).toMatchObject({ network: 'allowlist' });
    expect(seen.at(-1)?.ways.at(-1)).toBe(true);
    expect(seen.at(-1)?.ways.slice(0, -1)).toEqual(agent === open ? [] : [false]);
  });

  test('keep the network as it is where nothing differs', async () => {
    for (const network of [none, open, hosts('a.org')]) {
      const { seen, ran } = await phasesOf(taskWith(network));
      expect(seen.map((one) => one.network)).toEqual([network.network, network.network]);
      expect(ran.engine.sandboxes[0]?.networks).toEqual([]);
    }
  });

  test.each<[TaskNetwork, string, string]>([
    [none, 'gateway', 'none'],
    [open, 'public', 'public'],
  ])("never reach the agent's model, with %j neither", async (network, before, after) => {
    const { seen } = await phasesOf(taskWith(network), { agent: insideAgent });
    expect(seen).toEqual([
      { who: 'agent', network: before, ways: [true] },
      { who: 'tests', network: after, ways: [false] },
    ]);
  });

  test('reach the hosts that the agent could, and not its model with them', async () => {
    const { seen } = await phasesOf(taskWith(hosts('a.org')), { agent: insideAgent });
    expect(seen.map(({ network, ways }) => [network, ways])).toEqual([
      ['allowlist', [true]],
      ['allowlist', [false, true]],
    ]);
  });

  test("have the suite's network where it names one", async () => {
    const given = taskWith(hosts('a.org'), open);
    const { seen } = await phasesOf(given, { resources: { network: 'none' } });
    expect(seen.map(({ network }) => network)).toEqual(['none', 'none']);
  });

  test('are not run where the network could not be changed: errored, no verdict', async () => {
    const engine = new FakeEngine({
      onChangeNetwork: () => {
        throw new EvalrunError('cannot connect', { code: 'sandbox', isRetryable: true });
      },
    });
    const verifier = verifierGiving(1, () => expect.unreachable('there was no network for it'));
    const { record } = await runFakeTrial({ task: taskWith(none, open), engine, verifier });
    expect(record.outcome).toEqual({
      status: 'errored',
      phase: 'verify',
      code: 'sandbox',
      message: 'cannot connect',
      retryable: true,
    });
    expect(engine.sandboxes[0]?.isRemoved).toBe(true);
  });
});

test("a separate verifier leaves the agent's container as it is", async () => {
  const { ran } = await phasesOf(taskWith(none, open, 'separate'));
  expect(ran.engine.sandboxes[0]?.networks).toEqual([]);
});

describe('a task of several steps', () => {
  const stepWith = (name: string, tests: TaskNetwork | undefined, agent?: TaskNetwork) =>
    taskStep({
      name,
      ...(agent === undefined ? {} : { network: agent }),
      verification: rewardFile(tests === undefined ? {} : { network: tests }),
    });
  const environment = { ...task().environment, ...hosts('a.org') };

  test("is back on the agent's network before the next step", async () => {
    const steps = [stepWith('one', open), stepWith('two', open)] as const;
    const { seen } = await phasesOf(task({ environment, steps }));
    expect(seen).toEqual([
      { who: 'agent', network: 'allowlist', ways: [true] },
      { who: 'tests', network: 'public', ways: [false] },
      { who: 'agent', network: 'allowlist', ways: [false, true] },
      { who: 'tests', network: 'public', ways: [false, false] },
    ]);
  });

  test("lets each step's agent have its own, and records the widest", async () => {
    const steps = [stepWith('one', undefined), stepWith('two', none, open)] as const;
    const { seen, ran } = await phasesOf(task({ environment, steps }));
    expect(seen.map(({ network }) => network)).toEqual(['allowlist', 'allowlist', 'public', 'none']);
    expect(ran.record.network?.policy).toBe('public');
  });

  test('gives an agent inside its model again', async () => {
    const steps = [stepWith('one', undefined), stepWith('two', undefined)] as const;
    const { seen } = await phasesOf(task({ steps }), { agent: insideAgent });
    expect(seen.map(({ network, ways }) => [network, ways.at(-1)])).toEqual([
      ['gateway', true],
      ['none', false],
      ['gateway', true],
      ['none', false],
    ]);
  });
});
