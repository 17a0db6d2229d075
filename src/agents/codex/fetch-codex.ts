import type { Dirent } from 'node:fs';
import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { PrepareAgentOptions } from '../agent.ts';
import { bundledCatalogue } from './bundled-catalogue.ts';
import { type CodexPackage, codexVersion } from './codex-release.ts';
import { installPackage } from './install-package.ts';
import { type CatalogueEntry, readTemplate, templateOf } from './model-catalogue.ts';

export interface FetchCodexOptions extends PrepareAgentOptions {
  readonly source: CodexPackage;
}

export interface FetchedCodex {
  /** Holds `bin/codex` and what it expects beside it. */
  readonly folder: string;
  readonly template: CatalogueEntry;
}

/**
 * Codex's binary and its catalogue entry, from the cache or fetched into it: whole or not at all, so that
 * several processes may do it at once.
 */
export async function fetchCodex(options: FetchCodexOptions): Promise<FetchedCodex> {
  const place = join(options.cacheFolder, `codex-${codexVersion}`);
  const cached = await readCached(place, options.source);
  if (cached !== undefined) return cached;
  options.onProgress(`fetching Codex ${codexVersion} (about 170 MB, once)`);
  await mkdir(options.cacheFolder, { recursive: true });
  const building = await mkdtemp(`${place}.building-`);
  try {
    await installPackage(options.source, building, options);
    await addTemplate(building, options);
    await makeReadable(vendorFolder(building, options.source));
    await moveIntoPlace(building, place);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  const fetched = await readCached(place, options.source);
  if (fetched === undefined) throw unusable(place);
  options.onProgress(`Codex ${codexVersion} is in ${place}`);
  return fetched;
}

async function readCached(place: string, source: CodexPackage): Promise<FetchedCodex | undefined> {
  const text = await readFile(join(place, templateFile), 'utf8').catch(() => undefined); // not fetched yet
  if (text === undefined) return undefined;
  const template = readTemplate(text);
  const folder = vendorFolder(place, source);
  const hasBinary = await exists(join(folder, 'bin', 'codex'));
  if (template === undefined || !hasBinary) throw unusable(place);
  return { folder, template };
}

/** Not mended in silence: somebody changed what other runs were measured with. */
function unusable(place: string): EvalrunError {
  return new EvalrunError(`agent codex: ${place} is not whole; remove it to have it fetched again`, {
    code: 'refused',
  });
}

const templateFile = 'model-template.json';

async function addTemplate(place: string, options: FetchCodexOptions): Promise<void> {
  const binary = join(vendorFolder(place, options.source), 'bin', 'codex');
  if (!(await exists(binary))) {
    throw new EvalrunError(
      `agent codex: ${options.source.alias} holds no ${options.source.target}/bin/codex`,
      {
        code: 'internal',
      },
    );
  }
  const template = templateOf(await bundledCatalogue(binary, join(place, 'home'), options.signal));
  await writeFile(join(place, templateFile), `${JSON.stringify(template, null, 1)}\n`);
}

/** For any user of a container, whatever this process's umask took away. */
async function makeReadable(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.filter((entry) => !entry.isSymbolicLink()).map(pathOf)];
  for (const path of paths) {
    const { mode } = await stat(path);
    const executable = (mode & 0o100) === 0 ? 0 : 0o111;
    await chmod(path, mode | 0o444 | executable);
  }
}

function pathOf(entry: Dirent): string {
  return join(entry.parentPath, entry.name);
}

/** Where another process was first, its copy is as good. */
async function moveIntoPlace(building: string, place: string): Promise<void> {
  try {
    await rename(building, place);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
    throw new EvalrunError(`agent codex: cannot write to ${dirname(place)}: ${messageOf(error)}`, {
      code: 'storage',
      cause: error,
    });
  }
}

function vendorFolder(place: string, { alias, target }: CodexPackage): string {
  return join(place, 'node_modules', alias, 'vendor', target);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
