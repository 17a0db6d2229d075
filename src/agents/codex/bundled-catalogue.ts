import { mkdir, rm } from 'node:fs/promises';
import { execa } from 'execa';
import { EvalrunError } from '../../domain/errors.ts';

/** What the binary itself says of the models that it knows; it asks nobody for it. */
export async function bundledCatalogue(binary: string, home: string, signal: AbortSignal): Promise<string> {
  await mkdir(home);
  try {
    const result = await execa(binary, ['debug', 'models', '--bundled'], {
      env: { CODEX_HOME: home },
      stdin: 'ignore',
      reject: false,
      timeout: 30_000,
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    if (!result.failed) return result.stdout;
    throw new EvalrunError(
      `agent codex: the binary does not run on this machine: ${result.stderr.slice(-500) || result.shortMessage}`,
      { code: 'refused', cause: result },
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
