import { EvalrunError } from '../domain/errors.ts';
import { nearest } from '../lib/suggest.ts';
import { type ReportFormat, reportFormats } from '../reports/write-report.ts';
import { listOf } from './shared-flags.ts';

/** What `compare` and `report` are told alike. */
export interface ReportArguments {
  readonly formats?: readonly string[] | undefined;
  readonly seed: number;
  readonly split?: boolean | undefined;
  readonly output?: string | undefined;
}

/** All formats where none is named. */
export function formatsOf(names: readonly string[] | undefined): ReportFormat[] {
  return (listOf(names) ?? [...reportFormats]).map((name) => {
    const format = reportFormats.find((known) => known === name);
    if (format !== undefined) return format;
    const hint = nearest(name, reportFormats);
    const meant = hint === undefined ? '' : ` (did you mean "${hint}"?)`;
    throw new EvalrunError(
      `--formats: "${name}" is not known${meant}; there are ${reportFormats.join(', ')}`,
      { code: 'usage' },
    );
  });
}

export function seedOf(seed: number): number {
  if (Number.isSafeInteger(seed)) return seed;
  throw new EvalrunError(`--seed: ${seed} is no whole number`, { code: 'usage' });
}
