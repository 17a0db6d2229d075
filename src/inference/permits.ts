import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ModelProfile, Usage } from '../domain/model.ts';
import type { Clock } from '../lib/clock.ts';
import type { OnWaiting } from './client.ts';
import type { Failure } from './failures.ts';
import type { Budget, Reservation } from './pace/budget.ts';
import type { Admission, Pace } from './pace/pace.ts';
import { endWaiting } from './waiting.ts';

export interface PermitOptions {
  readonly model: ModelProfile;
  readonly clock: Clock;
  readonly pace?: Pace | undefined;
  readonly budget?: Budget | undefined;
  readonly onWaiting?: OnWaiting | undefined;
}

/** The leave to send one request. */
export interface Permit {
  /** How long it was waited for; 0 where it was there at once. */
  readonly paceUs: number;
  /** To be called once the request has ended; undefined usage: nothing was taken, as far as anybody knows. */
  end(reason: Failure | undefined, usage: Usage | undefined): void;
}

/** Waits for the provider's limits, then reserves what the request is likely to cost; 'aborted' also when that is spent. */
export async function takePermit(
  options: PermitOptions,
  estimate: { readonly input: number; readonly output: number },
  signal: AbortSignal,
): Promise<Permit | 'aborted'> {
  const { pace } = options;
  const admitted =
    pace === undefined
      ? { admission: undefined, paceUs: 0 }
      : await admit(options, pace, estimate.input + estimate.output, signal);
  if (admitted === 'aborted') return 'aborted';
  const { admission, paceUs } = admitted;
  const { model, budget } = options;
  const reservation = signal.aborted ? undefined : budget?.reserve(model, estimate);
  if (signal.aborted || (budget !== undefined && reservation === undefined)) {
    admission?.release(unsent);
    return 'aborted';
  }
  return { paceUs, end: (reason, usage) => end({ admission, reservation }, reason, usage) };
}

async function admit(
  { model, clock, onWaiting }: PermitOptions,
  pace: Pace,
  expectedTokens: number,
  signal: AbortSignal,
): Promise<{ admission: Admission | undefined; paceUs: number } | 'aborted'> {
  const startUs = clock.nowUs();
  let isFirst = true;
  for (; ; isFirst = false) {
    let waited = false;
    const onWait = (atLeastMs: number): void => {
      waited = true;
      void onWaiting?.(true, atLeastMs);
    };
    const admission = await pace.admit({ provider: model.provider, expectedTokens, signal, onWait });
    const ready = waited ? endWaiting(onWaiting, signal) : undefined;
    const isReady = ready === undefined || (await isReadyNow(ready));
    // Whoever has its slot may be waiting for this leave: it is not kept while a slot is waited for.
    if (!isReady && admission !== 'aborted') admission.release(unsent);
    await ready;
    if (admission === 'aborted' || (!isReady && signal.aborted)) return 'aborted';
    if (isReady) return { admission, paceUs: waited || !isFirst ? clock.nowUs() - startUs : 0 };
  }
}

const unsent = { overloaded: false, tokens: 0, unsent: true } as const;

/** Within this turn of the event loop. */
function isReadyNow(ready: Promise<void>): Promise<boolean> {
  return Promise.race([ready.then(() => true), nextTurn(false)]);
}

function end(
  { admission, reservation }: { admission: Admission | undefined; reservation: Reservation | undefined },
  reason: Failure | undefined,
  usage: Usage | undefined,
): void {
  const tokens = usage === undefined ? 0 : usage.input + usage.output;
  const isOverload =
    reason?.retryable === true && (reason.kind === 'rate-limited' || reason.kind === 'overloaded');
  const { retryAfterMs } = reason ?? {};
  reservation?.settle(usage);
  admission?.release({
    overloaded: isOverload,
    tokens,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
