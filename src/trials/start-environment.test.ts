import { describe, expect, test } from 'vitest';
import type { NetworkPolicy, TaskEnvironment } from '../domain/task.ts';
import type { StartOptions } from '../sandbox/sandbox.ts';
import { FakeEngine } from '../testing/fake-sandbox.ts';
import { startEnvironment } from './start-environment.ts';

const reach = { socketPath: '/run/gateway.sock', port: 41080 };

/** What the engine is asked for. */
async function started(options: {
  readonly role: 'agent' | 'verifier';
  readonly task: NetworkPolicy;
  readonly suite?: NetworkPolicy;
  readonly reach?: typeof reach;
}): Promise<Pick<StartOptions, 'network' | 'reach'> | undefined> {
  const engine = new FakeEngine();
  const { signal } = new AbortController();
  const source = { kind: 'prebuilt', name: 'image' } as const;
  const environment: TaskEnvironment = { image: source, network: options.task, env: {}, startTimeoutSec: 60 };
  const image = await engine.prepareImage(source, { signal });
  const common = { environment, image, trialId: 'trial', signal };
  await startEnvironment(
    { ...common, role: options.role, reach: options.reach },
    { engine, runId: 'run', resources: options.suite === undefined ? {} : { network: options.suite } },
  );
  return engine.starts[0];
}

describe("an agent's container", () => {
  test.each(['gateway', 'allowlist', 'public'] as const)('with %s is led to the gateway', async (task) => {
    expect(await started({ role: 'agent', task, reach })).toMatchObject({ network: task, reach });
  });

  test("has the suite's policy", async () => {
    expect(await started({ role: 'agent', task: 'allowlist', suite: 'none' })).toMatchObject({
      network: 'none',
    });
    expect(await started({ role: 'agent', task: 'none', suite: 'gateway', reach })).toMatchObject({ reach });
  });

  test('without network has the way to its model where one was opened, and no more', async () => {
    const asked = await started({ role: 'agent', task: 'allowlist', suite: 'none', reach });
    expect(asked).toMatchObject({ network: 'gateway', reach });
  });

  test('is refused where its policy needs a way that nobody opened', async () => {
    await expect(started({ role: 'agent', task: 'gateway' })).rejects.toMatchObject({ code: 'refused' });
  });
});

describe("a verifier's container", () => {
  test.each([
    ['none', 'gateway'],
    ['public', 'gateway'],
    ['none', 'allowlist'],
    ['allowlist', 'none'],
  ] as const)('of a task with %s in a suite with %s has no network', async (task, suite) => {
    const asked = await started({ role: 'verifier', task, suite, reach });
    expect(asked).toMatchObject({ network: 'none' });
    expect(asked).not.toHaveProperty('reach');
  });

  test('with a public network is not led to the gateway', async () => {
    const asked = await started({ role: 'verifier', task: 'public', reach });
    expect(asked).toMatchObject({ network: 'public' });
    expect(asked).not.toHaveProperty('reach');
  });

  test('that asks for an allow-list gets the way that was opened for it, or is refused', async () => {
    expect(await started({ role: 'verifier', task: 'allowlist', reach })).toMatchObject({
      network: 'allowlist',
      reach,
    });
    await expect(started({ role: 'verifier', task: 'allowlist' })).rejects.toThrow(
      'no proxy was opened for it',
    );
  });
});
