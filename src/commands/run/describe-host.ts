import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Run } from '../../domain/run.ts';
import type { EngineDescription } from '../../sandbox/sandbox.ts';

export function describeHost(engine: EngineDescription): Run['host'] {
  return {
    ...describeMachine(),
    engine: `${engine.name} ${engine.version} (API ${engine.apiVersion}, cgroups ${engine.cgroupVersion})`,
  };
}

export function describeMachine(): Omit<Run['host'], 'engine'> {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
  };
}

/** Version of the package, and the commit where it runs from a checkout. */
export async function describeEvalrun(packageFolder: string): Promise<Run['evalrun']> {
  const manifest: unknown = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : 'unknown';
  const git = await execa('git', ['rev-parse', 'HEAD'], {
    cwd: packageFolder,
    reject: false,
    timeout: 10_000,
  });
  return { version, ...(git.exitCode === 0 ? { commit: git.stdout.trim() } : {}) };
}
