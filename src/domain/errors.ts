/** Where a failure came from; it decides the exit code and how the message is shown. */
export type ErrorCode =
  | 'usage' // wrong flags, files or names: nothing was run (exit 2)
  | 'dataset' // a dataset's file is not what its format says (exit 2)
  | 'engine' // the container engine is missing, too old or refused (exit 2 before a run, errored within one)
  | 'image' // an image could not be built or pulled
  | 'sandbox' // a container could not be made, used or removed
  | 'inference' // a model could not be reached
  | 'verifier' // the verifier did not come to a verdict
  | 'storage' // results could not be written
  | 'budget' // the run's budget is spent (exit 5)
  | 'refused' // a task or an agent asks for what cannot be done here
  | 'internal';

export interface EvalrunErrorOptions {
  readonly code: ErrorCode;
  /** Facts as fields, for the log and for tests. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Whether the same call may succeed later; decided where the error is made. */
  readonly isRetryable?: boolean;
  readonly cause?: unknown;
}

/** Every failure that evalrun foresees. The message says where, what and what to do. */
export class EvalrunError extends Error {
  override readonly name = 'EvalrunError';
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly isRetryable: boolean;

  constructor(message: string, options: EvalrunErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.facts = options.facts ?? {};
    this.isRetryable = options.isRetryable ?? false;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
