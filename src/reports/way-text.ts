import type { ArmReport } from './report-document.ts';

/** How an arm's requests went: transports are never pooled, nor what a client saw with what the gateway saw. */
export function wayText({ transport, via }: Pick<ArmReport['latency'][number], 'transport' | 'via'>): string {
  return via === 'gateway' ? `${transport} via the gateway` : transport;
}
