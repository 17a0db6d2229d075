import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StartedSandbox, StartOptions } from '../sandbox.ts';

/** The only command that the contract runs; a fake must answer it with "out\n", "err\n" and exit code 3. */
const failing = ['sh', '-c', 'echo out; echo err >&2; exit 3'] as const;

/** What every sandbox does, one in memory too; what needs a Linux stands in the tests of docker/. */
export function testSandboxContract(
  name: string,
  start: (options?: Partial<StartOptions>) => Promise<StartedSandbox>,
): void {
  describe(`${name} keeps the contract of a sandbox:`, () => {
    let sandbox: StartedSandbox;
    let host: string;

    beforeAll(async () => {
      host = await mkdtemp(join(tmpdir(), 'evalrun-contract-'));
    });
    afterAll(() => rm(host, { recursive: true, force: true }));
    beforeEach(async () => {
      sandbox = await start();
    });
    afterEach(() => sandbox.remove());

    test('a command that fails is a result', async () => {
      const result = await sandbox.exec({ argv: failing });
      expect(result.ending).toEqual({ kind: 'exited', code: 3 });
      expect(result.stdout).toEqual({ text: 'out\n', totalBytes: 4, cutBytes: 0 });
      expect(result.stderr.text).toBe('err\n');
      expect(result.endUs).toBeGreaterThanOrEqual(result.startUs);
    });

    test('a signal that is aborted keeps a command from starting', async () => {
      const result = await sandbox.exec({ argv: failing, signal: AbortSignal.abort() });
      expect(result).toMatchObject({ ending: { kind: 'aborted' }, stdout: { text: '' } });
    });

    test('files that are written are read, others are not there', async () => {
      await sandbox.writeFiles([{ path: '/a/b/text', content: 'ä' }]);
      expect(Buffer.from((await sandbox.readFile('/a/b/text')) ?? []).toString()).toBe('ä');
      expect(await sandbox.readFile('/a/b/other')).toBeUndefined();
      await expect(sandbox.readFile('/a/b/text', { maxBytes: 1 })).rejects.toMatchObject({ code: 'sandbox' });
    });

    test('files go up, down and through archives', async () => {
      await mkdir(join(host, 'up/sub'), { recursive: true });
      await writeFile(join(host, 'up/sub/file'), 'content');
      await sandbox.uploadFolder(join(host, 'up'), '/tree');
      const archive = await sandbox.getArchive('/tree/sub');
      if (archive === undefined) throw new Error('no archive');
      await sandbox.putArchive(archive, '/copy');
      expect(await sandbox.download('/copy/sub/file', join(host, 'down'))).toBe(true);
      expect(await readFile(join(host, 'down/file'), 'utf8')).toBe('content');
      expect(await sandbox.download('/none', join(host, 'down'))).toBe(false);
      expect(await sandbox.getArchive('/none')).toBeUndefined();
    });

    test.each(['gateway', 'allowlist'] as const)(
      '%s is refused without a way to the gateway',
      async (network) => {
        await expect(start({ network })).rejects.toMatchObject({
          code: 'refused',
          facts: { policy: network },
        });
      },
    );

    test('no network is refused with a way to the gateway', async () => {
      const reach = { socketPath: join(host, 'gateway.sock'), port: 41080 };
      await expect(start({ network: 'none', reach })).rejects.toMatchObject({ code: 'refused' });
    });

    test('another network is taken, and taken twice', async () => {
      const { signal } = new AbortController();
      await sandbox.changeNetwork('public', { signal });
      await sandbox.changeNetwork('public', { signal });
      await sandbox.changeNetwork('none', { signal });
      expect((await sandbox.exec({ argv: failing })).ending).toEqual({ kind: 'exited', code: 3 });
    });

    test('another network is refused where it and a way to the gateway do not belong together', async () => {
      const { signal } = new AbortController();
      const reach = { socketPath: join(host, 'gateway.sock'), port: 41080 };
      for (const policy of ['gateway', 'allowlist'] as const) {
        const change = sandbox.changeNetwork(policy, { signal });
        await expect(change).rejects.toMatchObject({ code: 'refused', facts: { policy } });
      }
      await expect(sandbox.changeNetwork('none', { reach, signal })).rejects.toMatchObject({
        code: 'refused',
      });
    });

    test('a signal that is aborted keeps the network as it is', async () => {
      const signal = AbortSignal.abort(new Error('stopped'));
      await expect(sandbox.changeNetwork('public', { signal })).rejects.toThrow('stopped');
    });

    test('stopping what runs and removing, twice each, is harmless', async () => {
      await sandbox.stopRunningExecs();
      await sandbox.stopRunningExecs();
      await sandbox.remove();
      await sandbox.remove();
    });
  });
}
