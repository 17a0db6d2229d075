import { EvalrunError, messageOf } from '../../domain/errors.ts';

/** A recording that has a hole in it would be played back as something that never happened. */
export function storageFailure(folder: string, cause: unknown): EvalrunError {
  return new EvalrunError(
    `the recording cannot be written to ${folder}: ${messageOf(cause)}; make room, or run without --record`,
    { code: 'storage', cause },
  );
}
