import type { ClientRequest } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { failure } from '../failures.ts';
import type { StreamWatch } from './stream-watch.ts';
import type { ExchangeFacts } from './transport.ts';

export interface SendOptions {
  readonly request: ClientRequest;
  readonly body: Uint8Array;
  /** Gets the marks of connecting and t0. */
  readonly facts: ExchangeFacts;
  readonly watch: StreamWatch;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly onSent?: () => void;
}

/** Holds a request back until its socket is connected, so that t0 is the moment at which it is written. */
export function sendWhenConnected(options: SendOptions): void {
  const { request, facts, watch, clock, connectTimeoutMs } = options;
  watch.limit(connectTimeoutMs, () => failure('connect', `no connection in ${connectTimeoutMs} ms`));
  request.on('socket', (socket) => {
    facts.connectionReused = request.reusedSocket;
    if (!socket.connecting) {
      send(options);
      return;
    }
    facts.connectStart = clock.nowUs();
    socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      facts.connectEnd = clock.nowUs();
      send(options);
    });
  });
}

function send({ request, body, facts, watch, clock, stallTimeoutMs, onSent }: SendOptions): void {
  if (watch.ended) return;
  watch.limitStall(stallTimeoutMs);
  facts.t0 = clock.nowUs();
  request.end(body);
  onSent?.();
}
