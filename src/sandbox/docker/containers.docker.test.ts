import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestKit, type DockerTestKit, shell } from '../../testing/docker-test-kit.ts';
import { connectDocker } from './docker-engine.ts';

let kit: DockerTestKit;
const docker = new Docker();

beforeAll(async () => {
  kit = await createTestKit();
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const ofRun = async (runId: string) =>
  (await kit.engine.listLeftovers()).filter((leftover) => leftover.runId === runId);

test('has the limits, labels and name that were asked for, and no network', async () => {
  await using sandbox = await kit.start({ cpus: 0.5, memoryMb: 64, trialId: 'task one/α', role: 'verifier' });
  const info = await docker.getContainer(sandbox.id).inspect();
  expect(info.HostConfig).toMatchObject({
    NanoCpus: 5e8,
    Memory: 2 ** 26,
    MemorySwap: 2 ** 26,
    PidsLimit: 1024,
  });
  expect(info.Config.Labels).toMatchObject({ 'evalrun.run': kit.runId, 'evalrun.role': 'verifier' });
  expect(info.Name).toMatch(/^\/evalrun-test-\w+-task_one_-verifier-[0-9a-f]{8}$/);
  expect((await shell(sandbox, 'ls /sys/class/net')).stdout.text).toBe('lo\n');
  const hog = await shell(sandbox, 'head -c 200m /dev/zero | tail');
  expect(hog.ending).toMatchObject({ kind: 'exited' });
  expect(hog.ending).not.toMatchObject({ code: 0 });
});

test('asks for no more processors than there are', async () => {
  await using sandbox = await kit.start({ cpus: 1000 });
  expect((await shell(sandbox, 'true')).ending).toEqual({ kind: 'exited', code: 0 });
});

test('removal leaves nothing with the label, and twice is harmless', async () => {
  const runId = `gone-${randomBytes(4).toString('hex')}`;
  const sandbox = await kit.start({ runId });
  await shell(sandbox, 'sleep 30', { timeoutMs: 100 }); // the helper of the sweep carries the label too
  await Promise.all([sandbox.remove(), sandbox.remove()]);
  await sandbox.remove();
  await expect.poll(() => ofRun(runId)).toEqual([]);
});

test('what an earlier process left is found and removed', async () => {
  const runId = `left-${randomBytes(4).toString('hex')}`;
  await kit.start({ runId, trialId: 'a' });
  await kit.start({ runId, trialId: 'b' });
  await docker.createVolume({ Name: `evalrun-${runId}`, Labels: { 'evalrun.run': runId } });
  expect((await ofRun(runId)).map(({ kind }) => kind)).toEqual(['container', 'container', 'volume']);
  expect(await kit.engine.removeLeftovers(runId)).toBe(3);
  expect(await ofRun(runId)).toEqual([]);
  expect(await kit.engine.removeLeftovers(runId)).toBe(0);
});

test('a start that fails or is aborted leaves nothing', async () => {
  const runId = `failed-${randomBytes(4).toString('hex')}`;
  const image = { ...kit.image, id: 'evalrun/no-such-image' };
  await expect(kit.start({ runId, image })).rejects.toMatchObject({ code: 'sandbox' });
  const controller = new AbortController();
  const started = kit.start({ runId, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(started).rejects.toMatchObject({ name: 'AbortError' });
  expect(await ofRun(runId)).toEqual([]);
});

test('containers can be kept for people to look into', async () => {
  const runId = `kept-${randomBytes(4).toString('hex')}`;
  const keeping = await connectDocker({ imageMap: [], keepContainers: true });
  const { signal } = new AbortController();
  const common = { image: kit.image, trialId: 't', role: 'agent', network: 'none', env: {} } as const;
  const sandbox = await keeping.start({ ...common, runId, signal });
  await sandbox.remove();
  expect(await ofRun(runId)).toMatchObject([{ kind: 'container', state: 'running', trialId: 't' }]);
  expect(await keeping.removeLeftovers(runId)).toBe(1);
  await keeping.close();
});

test('the engine describes itself', async () => {
  const description = await kit.engine.describe();
  expect(description.version).toMatch(/^\d+\./);
  expect(description.cpus).toBeGreaterThan(0);
  expect(description.memoryBytes).toBeGreaterThan(2 ** 28);
});
