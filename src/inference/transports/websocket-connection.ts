import { commonHeaders, timingHeader } from './headers.ts';
import { type Opened, openWebSocket } from './open-websocket.ts';
import type { TransportOptions } from './transport.ts';

/** What a server answers that serves the same over HTTP only. */
const upgradeRequired = 426;

/** Opens the socket of a session. */
export async function connectWebSocket(options: TransportOptions, signal: AbortSignal): Promise<Opened> {
  const opened = await openWebSocket({
    url: new URL(`${options.baseUrl}/responses`),
    headers: headersOf(options),
    connectTimeoutMs: options.connectTimeoutMs,
    wallMs: () => options.clock.wallMs(),
    signal,
  });
  return opened.status === 'failed' ? withRemedy(opened, options) : opened;
}

/** Not another transport by itself: its figures would be those of another arm. */
function withRemedy(
  opened: Opened & { readonly status: 'failed' },
  { model: { provider } }: TransportOptions,
): Opened {
  if (opened.failure.status !== upgradeRequired) return opened;
  const message = `${opened.failure.message} (426: ${provider.name} opens no WebSocket; give --transport sse)`;
  return { ...opened, failure: { ...opened.failure, message } };
}

function headersOf(options: TransportOptions): Record<string, string> {
  return {
    'openai-beta': 'responses_websockets=2026-02-06',
    // Asks for the server's own split of the time; servers that do not know it ignore it.
    [timingHeader]: 'true',
    ...commonHeaders(options),
  };
}
