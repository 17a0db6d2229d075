import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { readAsked } from './asked-request.ts';
import { type PlaySink, playExchange } from './play-exchange.ts';
import type { Replay } from './replay.ts';

export interface PlayerParts {
  readonly replay: Replay;
  readonly clock: Clock;
  readonly timeScale: number;
}

/** Answers one HTTP request from the recording. */
export async function playHttp(
  { replay, clock, timeScale }: PlayerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const receivedUs = clock.nowUs();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set: these are buffers
  const asked = readAsked(request, Buffer.concat(chunks));
  if (typeof asked === 'string') return refuse(response, asked);
  const failed = await replay.findAttempt(asked);
  const found =
    failed === undefined
      ? await replay.find(asked)
      : { kind: 'exchange' as const, exchange: failed, hasLater: true };
  if (found.kind === 'mismatch') return refuse(response, found.message);
  const { exchange, hasLater } = found;
  await playExchange({ exchange, sink: httpSink(response), clock, receivedUs, timeScale, hasLater });
}

/** Not as one that may be tried again: the same request would differ again. */
function refuse(response: ServerResponse, message: string): void {
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: mismatchError(message) }));
}

export function mismatchError(message: string): Readonly<Record<string, string>> {
  return { type: 'invalid_request_error', code: 'replay_mismatch', message };
}

function httpSink(response: ServerResponse): PlaySink {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return {
    accept: (status, headers) => {
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    chunk: ({ bytes }) => void response.write(bytes),
    complete: () => void response.end(),
    drop: () => {
      // What was written is handed to the system first; destroying would throw it away.
      const cut = (): void => void response.destroy();
      if (response.headersSent && response.writableLength > 0) response.write('', cut);
      else setImmediate(cut);
    },
    gone: controller.signal,
  };
}
