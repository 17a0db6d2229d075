import { randomBytes } from 'node:crypto';
import { EvalrunError } from '../../domain/errors.ts';

/** What `--run-id` names, else a new name: it starts with the time, so that names sort by age. */
export function chooseRunId(given: string | undefined, now: Date, what: string): string {
  if (given !== undefined) return checked(given);
  const time = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  // The random end keeps two starts in one second apart.
  return `${time}-${what}-${randomBytes(2).toString('hex')}`;
}

function checked(runId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(runId)) return runId;
  throw new EvalrunError(
    `--run-id "${runId}": use letters, digits, dots, dashes and underscores, 100 at most`,
    { code: 'usage' },
  );
}
