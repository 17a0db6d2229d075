import type { Clock } from '../../lib/clock.ts';
import type { Sent } from '../http1/provider-connection.ts';
import type { ExchangeFacts } from './transport.ts';

/** Writes down when a request's connection was made, and as t0 the moment at which the request is written. */
export function exchangeMarks(
  facts: ExchangeFacts,
  clock: Clock,
): Pick<Sent, 'onConnecting' | 'onConnected' | 'onSend'> {
  return {
    onConnecting: () => {
      facts.connectStart = clock.nowUs();
    },
    onConnected: () => {
      facts.connectEnd = clock.nowUs();
    },
    onSend: (isReused) => {
      facts.connectionReused = isReused;
      facts.t0 = clock.nowUs();
    },
  };
}
