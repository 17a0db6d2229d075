import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EvalrunError } from '../domain/errors.ts';
import { isFile } from '../lib/is-file.ts';
import { nearest } from '../lib/suggest.ts';
import { parseYaml } from './parse-yaml.ts';
import { type SuiteFile, suiteFileSchema } from './suite-schema.ts';

export interface Suite {
  readonly file: SuiteFile;
  readonly path: string;
  /** sha256 of the file's bytes. */
  readonly hash: string;
}

/**
 * A suite by name (a file of the suites folder) or by path. Throws EvalrunError('usage') with the names
 * that exist.
 */
export async function loadSuite(nameOrPath: string, suitesFolder: string): Promise<Suite> {
  const path = await findSuite(nameOrPath, suitesFolder);
  const text = await readFile(path, 'utf8');
  return {
    file: parseYaml(text, path, suiteFileSchema),
    path,
    hash: createHash('sha256').update(text).digest('hex'),
  };
}

export async function suiteNames(suitesFolder: string): Promise<string[]> {
  const entries = await readdir(suitesFolder);
  return entries
    .filter((entry) => entry.endsWith('.yaml') && entry !== 'models.yaml')
    .map((entry) => basename(entry, '.yaml'))
    .sort();
}

async function findSuite(nameOrPath: string, suitesFolder: string): Promise<string> {
  const names = await suiteNames(suitesFolder);
  if (names.includes(nameOrPath)) return join(suitesFolder, `${nameOrPath}.yaml`);
  if (/[/.]/.test(nameOrPath) && (await isFile(nameOrPath))) return resolve(nameOrPath);
  const hint = nearest(nameOrPath, names);
  throw new EvalrunError(
    `suite "${nameOrPath}" is not known${hint === undefined ? '' : ` (did you mean "${hint}"?)`}; ` +
      `there are ${names.join(', ')}, or give the path of a suite file`,
    { code: 'usage' },
  );
}

/** The folder of a dataset that a suite names by path. */
export function datasetFolder(suite: Suite, path: string): string {
  return resolve(dirname(suite.path), path);
}

/** The suite of one dataset with nothing set: every limit and resource is the task's own or the default. */
export function suiteOfFolder(name: string, folder: string, format: string | undefined): Suite {
  const file: SuiteFile = {
    name: name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-'),
    title: `dataset ${name}`,
    datasets: [{ path: folder, ...(format === undefined ? {} : { format }) }],
  };
  return { file, path: folder, hash: createHash('sha256').update(JSON.stringify(file)).digest('hex') };
}
