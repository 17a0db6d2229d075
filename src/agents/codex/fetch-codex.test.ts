import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { EvalrunError } from '../../domain/errors.ts';
import { type CodexPackage, codexPackageFor, codexVersion } from './codex-release.ts';
import { fetchCodex } from './fetch-codex.ts';

const published = codexPackageFor('linux', 'x64');
const bundled = JSON.stringify({ models: [{ slug: 'other' }, { slug: 'gpt-5.5', shell_type: 'x' }] });

/** A registry on the loopback with one package, which real npm installs from. */
let registry: Server;
let tarball: Buffer;
let requests: string[] = [];
let root = '';

beforeAll(async () => {
  tarball = await tarballWith(`#!/bin/sh\necho '${bundled}'\n`);
  registry = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.url?.endsWith('.tgz')) return void response.end(tarball);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(packument(`http://${request.headers.host}/codex.tgz`)));
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => registry.close(resolve)));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'evalrun-fetch-'));
  requests = [];
  const { port } = registry.address() as AddressInfo; // listening on TCP
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${port}/`);
  vi.stubEnv('npm_config_cache', join(root, 'npm'));
  vi.stubEnv('npm_config_fetch_retries', '0');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

async function tarballWith(binary: string): Promise<Buffer> {
  const archive = pack();
  const scripts = { preinstall: 'touch ../../../ran', postinstall: 'touch ../../../ran' };
  const manifest = JSON.stringify({ name: '@openai/codex', version: published.version, scripts });
  archive.entry({ name: 'package/package.json' }, manifest);
  archive.entry({ name: `package/vendor/${published.target}/bin/codex`, mode: 0o755 }, binary);
  archive.finalize();
  return gzipSync(await buffer(archive));
}

function packument(url: string): object {
  const { version } = published;
  const manifest = { name: '@openai/codex', version, dist: { tarball: url } };
  return { name: '@openai/codex', 'dist-tags': { latest: version }, versions: { [version]: manifest } };
}

const integrityOf = (bytes: Buffer): string =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

const fetching = (source: Partial<CodexPackage> = {}, signal = new AbortController().signal) => {
  const progress: string[] = [];
  const options = {
    cacheFolder: join(root, 'cache'),
    signal,
    onProgress: (line: string) => progress.push(line),
  };
  const pinned = { ...published, integrity: integrityOf(tarball), ...source };
  return { progress, result: fetchCodex({ ...options, source: pinned }) };
};

test('fetches once, running no script of the package, then reads the cache without a word to npm', async () => {
  const first = fetching();
  const { folder, template } = await first.result;
  expect((await stat(join(folder, 'bin/codex'))).mode & 0o111).toBe(0o111);
  expect(template).toEqual({ slug: 'gpt-5.5', shell_type: 'x' });
  expect(first.progress[0]).toContain(`fetching Codex ${codexVersion}`);
  expect(requests).not.toEqual([]);
  const place = await readdir(join(root, 'cache', `codex-${codexVersion}`));
  expect(place.sort()).toEqual(['model-template.json', 'node_modules', 'package-lock.json', 'package.json']);
  requests = [];
  const second = fetching();
  expect(await second.result).toEqual({ folder, template });
  expect([requests, second.progress]).toEqual([[], []]);
});

test('a package whose hash is not the pinned one is not installed', async () => {
  const error = await fetching({ integrity: published.integrity }).result.catch((e: EvalrunError) => e);
  expect(error).toMatchObject({ code: 'refused', message: expect.stringContaining('EINTEGRITY') });
  expect(await readdir(join(root, 'cache'))).toEqual([]);
});

test('several at once leave one copy and no half of another', async () => {
  const folders = await Promise.all(
    [fetching(), fetching()].map(async ({ result }) => (await result).folder),
  );
  expect(new Set(folders).size).toBe(1);
  expect(await readdir(join(root, 'cache'))).toEqual([`codex-${codexVersion}`]);
});

test('says that the registry could not be reached', async () => {
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
  await expect(fetching().result).rejects.toThrow(/npm could not fetch @openai\/codex.*\n.*ECONNREFUSED/s);
});

test('says that there is no npm', async () => {
  vi.stubEnv('PATH', root);
  await expect(fetching().result).rejects.toThrow('npm, which fetches Codex, is not on the PATH');
});

test('stops with the signal and leaves nothing behind', async () => {
  const stop = AbortSignal.timeout(50);
  await expect(fetching({}, stop).result).rejects.toThrow();
  expect(await readdir(join(root, 'cache'))).toEqual([]);
});

test('does not use a copy that somebody broke, and does not mend it', async () => {
  const { folder } = await fetching().result;
  await rm(join(folder, 'bin/codex'));
  await expect(fetching().result).rejects.toThrow('is not whole; remove it');
});

test('a binary that does not run here is told with what it said', async () => {
  const before = tarball;
  tarball = await tarballWith('#!/bin/sh\necho no such CPU >&2\nexit 1\n');
  await expect(fetching({ integrity: integrityOf(tarball) }).result).rejects.toThrow(
    /does not run on this machine: no such CPU/,
  );
  tarball = before;
  expect(await readdir(join(root, 'cache'))).toEqual([]);
});

test('other platforms are refused by name', () => {
  expect(() => codexPackageFor('darwin', 'arm64')).toThrow('no Codex 0.169.0 for darwin-arm64');
  expect(codexPackageFor('linux', 'arm64').target).toBe('aarch64-unknown-linux-musl');
});

test('any user of a container can run it, whatever the umask of this one', async () => {
  const before = process.umask(0o077);
  const { folder } = await fetching().result.finally(() => process.umask(before));
  const modes = await Promise.all(['.', 'bin', 'bin/codex'].map((path) => stat(join(folder, path))));
  expect(modes.map(({ mode }) => mode & 0o555)).toEqual([0o555, 0o555, 0o555]);
});
