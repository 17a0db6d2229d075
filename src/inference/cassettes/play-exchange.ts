import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import type { StoredChunk, StoredExchange } from './read-cassette.ts';

/** Where a recorded answer goes. */
export interface PlaySink {
  accept(status: number, headers: Readonly<Record<string, string>>): void;
  chunk(chunk: StoredChunk): void;
  complete(): void;
  /** Ends the connection without a farewell, once what was written before is out. */
  drop(): void;
  /** Aborted when the other side has gone. */
  readonly gone: AbortSignal;
}

export interface PlayOptions {
  readonly exchange: StoredExchange;
  readonly sink: PlaySink;
  readonly clock: Clock;
  /** When the request came. */
  readonly receivedUs: number;
  readonly timeScale: number;
  /** Whether the recording goes on after it. */
  readonly hasLater: boolean;
}

/**
 * Plays what was recorded, each piece at its time after the request. Every deadline counts from the request,
 * so that a late timer delays one piece and not all that follow. Rejects when the other side has gone.
 */
export async function playExchange(options: PlayOptions): Promise<void> {
  const { exchange, sink } = options;
  const { accepted, chunks, end } = exchange;
  if (accepted !== undefined) {
    await until(accepted.atUs, options);
    sink.accept(accepted.status, scaledHeaders(accepted.headers, options.timeScale));
  }
  for (const chunk of chunks) {
    await until(chunk.atUs, options);
    sink.chunk(chunk);
  }
  if (end.how === 'aborted') return playAborted(options);
  await until(end.atUs, options);
  if (end.how === 'complete') sink.complete();
  else sink.drop();
}

/**
 * Our side had given up: on silence, or because its time was over. At the recorded pace it does so again by
 * itself; in less time it would wait for its own limit in vain where the recording shows that it went on.
 */
async function playAborted(options: PlayOptions): Promise<void> {
  const { exchange, sink, timeScale, hasLater } = options;
  if (timeScale === 1 || !hasLater) return; // stays open until the other side goes
  await until(exchange.end.atUs, options);
  sink.drop();
}

async function until(atUs: number, { clock, receivedUs, timeScale, sink }: PlayOptions): Promise<void> {
  const dueUs = receivedUs + atUs * timeScale;
  for (let leftUs = dueUs - clock.nowUs(); leftUs > 0; leftUs = dueUs - clock.nowUs()) {
    await sleep(Math.max(1, Math.floor(leftUs / 1000)), undefined, { signal: sink.gone });
  }
  sink.gone.throwIfAborted();
}

/** A wait that the provider asked for is part of the time that is scaled. */
function scaledHeaders(
  headers: Readonly<Record<string, string>>,
  timeScale: number,
): Readonly<Record<string, string>> {
  if (timeScale === 1) return headers;
  const scaled = ['retry-after', 'retry-after-ms'].flatMap((name): [string, string][] => {
    const value = Number(headers[name]);
    return headers[name] === undefined || Number.isNaN(value) ? [] : [[name, String(value * timeScale)]];
  });
  return { ...headers, ...Object.fromEntries(scaled) };
}
