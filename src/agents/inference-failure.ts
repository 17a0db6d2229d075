import { EvalrunError } from '../domain/errors.ts';
import type { InferenceError } from '../inference/client.ts';

/** What the provider did to a trial: errored with the provider's own reason, never judged as the model's. */
export function inferenceFailure({
  kind,
  message,
  retryable,
}: Pick<InferenceError, 'message' | 'retryable'> & { readonly kind: string }): EvalrunError {
  return new EvalrunError(`the model could not be reached (${kind}): ${message}`, {
    code: 'inference',
    isRetryable: retryable,
    facts: { reason: kind, kind, message, retryable },
  });
}
