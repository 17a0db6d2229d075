import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { EvalrunError } from '../../domain/errors.ts';
import type { PrepareAgentOptions } from '../agent.ts';
import type { CodexPackage } from './codex-release.ts';

const installTimeoutMs = 15 * 60_000;

/**
 * Installs one package from npm's registry as it is configured here. A lock file carries the pinned hash,
 * which npm compares before it unpacks; no script of the package is run.
 */
export async function installPackage(
  source: CodexPackage,
  folder: string,
  { signal, onProgress }: Pick<PrepareAgentOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  await writeManifests(source, folder);
  const result = await execa('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: installTimeoutMs,
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  signal.throwIfAborted();
  if (!result.failed) return;
  const said = lastLines(result.all ?? '');
  onProgress(said);
  throw new EvalrunError(`agent codex: ${whyNot(result, source)}${said === '' ? '' : `:\n${said}`}`, {
    code: 'refused',
    facts: { package: source.alias, version: source.version },
  });
}

async function writeManifests({ alias, version, integrity }: CodexPackage, folder: string): Promise<void> {
  const dependencies = { [alias]: `npm:@openai/codex@${version}` };
  const packages = {
    '': { dependencies },
    [`node_modules/${alias}`]: { name: '@openai/codex', version, integrity },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, requires: true, packages }),
  );
}

interface HowItFailed {
  readonly code?: string | undefined;
  readonly timedOut: boolean;
}

function whyNot({ code, timedOut }: HowItFailed, { version }: CodexPackage): string {
  if (code === 'ENOENT') return 'npm, which fetches Codex, is not on the PATH';
  if (timedOut) return `npm did not fetch @openai/codex@${version} within ${installTimeoutMs / 60_000} min`;
  return `npm could not fetch @openai/codex@${version}`;
}

function lastLines(output: string): string {
  return output
    .split('\n')
    .filter((line) => line.startsWith('npm error') && !line.includes('A complete log'))
    .slice(-8)
    .join('\n');
}
