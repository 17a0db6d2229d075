import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { gateJunit } from '../../reports/gate/gate-junit.ts';
import type { GateResult } from '../../reports/gate/gate-result.ts';
import { gateMarkdown } from '../../reports/gate/gate-text.ts';
import type { CommandContext } from '../command.ts';

/** Asked for before anything runs, so that a long gate does not end without its summary. */
export function summaryFile({ env }: CommandContext): string {
  const path = env['GITHUB_STEP_SUMMARY'];
  if (path !== undefined && path !== '') return path;
  throw new EvalrunError(
    '--step-summary: GITHUB_STEP_SUMMARY is not set; it names the file to append to, in a GitHub job',
    {
      code: 'usage',
    },
  );
}

export async function writeGateFiles(
  result: GateResult,
  { junit, summary }: { readonly junit: string | undefined; readonly summary: string | undefined },
  { cwd }: CommandContext,
): Promise<void> {
  if (junit !== undefined)
    await writing(resolve(cwd, junit), (path) => writeFileAtomically(path, gateJunit(result)));
  if (summary !== undefined) await writing(summary, (path) => appendFile(path, `${gateMarkdown(result)}\n`));
}

async function writing(path: string, write: (path: string) => Promise<void>): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(path);
  } catch (cause) {
    throw new EvalrunError(`${path}: cannot be written (${messageOf(cause)})`, { code: 'storage', cause });
  }
}
