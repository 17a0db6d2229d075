import { commonHeaders, timingHeader } from './headers.ts';
import { type Opened, openWebSocket } from './open-websocket.ts';
import type { TransportOptions } from './transport.ts';

/** Opens the socket of a session. */
export function connectWebSocket(options: TransportOptions, signal: AbortSignal): Promise<Opened> {
  return openWebSocket({
    url: new URL(`${options.baseUrl}/responses`),
    headers: headersOf(options),
    connectTimeoutMs: options.connectTimeoutMs,
    wallMs: () => options.clock.wallMs(),
    signal,
  });
}

function headersOf(options: TransportOptions): Record<string, string> {
  return {
    'openai-beta': 'responses_websockets=2026-02-06',
    // Asks for the server's own split of the time; servers that do not know it ignore it.
    [timingHeader]: 'true',
    ...commonHeaders(options),
  };
}
