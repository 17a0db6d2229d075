import { EvalrunError, messageOf } from '../domain/errors.ts';
import type { Outcome, Phase } from '../domain/outcome.ts';

/** What a try came to that did not get to its verdict: the run was stopped, or something of ours failed. */
export function brokenOffOutcome(error: unknown, phase: Phase, stop: AbortSignal): Outcome {
  if (stop.aborted) return { status: 'cancelled', phase, reason: cancelReason(stop) };
  if (!(error instanceof EvalrunError)) {
    return { status: 'errored', phase, code: 'internal', message: messageOf(error), retryable: false };
  }
  const reason = error.facts['reason'];
  return {
    status: 'errored',
    phase,
    code: typeof reason === 'string' ? reason : error.code,
    message: error.message,
    retryable: error.isRetryable,
  };
}

function cancelReason({ reason }: AbortSignal): 'budget' | 'interrupt' {
  return reason instanceof EvalrunError && reason.code === 'budget' ? 'budget' : 'interrupt';
}
