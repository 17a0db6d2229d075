import type { OnWaiting } from './client.ts';

/** Says that a wait is over and waits for whoever was told to be ready again, unless it is too late for that. */
export async function endWaiting(onWaiting: OnWaiting | undefined, signal: AbortSignal): Promise<void> {
  const ready = onWaiting?.(false);
  if (ready === undefined || signal.aborted) return;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([ready, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
