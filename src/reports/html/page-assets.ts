import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvalrunError } from '../../domain/errors.ts';

/** The built page, with what its content security policy lets run: these two texts and nothing else. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
  readonly scriptHash: string;
  readonly styleHash: string;
}

/** The same place seen from the source and from what is compiled of it. */
const builtFolder = join(import.meta.dirname, '../../../dist/reports/html');

/** Throws EvalrunError('internal') that says how the page is built, where it is not. */
export async function readPageAssets(folder = builtFolder): Promise<PageAssets> {
  const [script, style] = await Promise.all([
    readBuilt(join(folder, 'report-app.js')),
    readBuilt(join(folder, 'report-app.css')),
  ]);
  return { script, style, scriptHash: hashOf(script), styleHash: hashOf(style) };
}

async function readBuilt(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EvalrunError(`${path}: the page of the HTML report is not built; run \`npm run build\``, {
      code: 'internal',
      cause,
    });
  });
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
