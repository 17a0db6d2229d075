import { failure } from '../failures.ts';
import type { StreamReader } from './stream-reader.ts';
import type { StreamWatch } from './stream-watch.ts';

/** Gives one event to the reader and ends the exchange where that event ends it. */
export function feed(reader: StreamReader, text: string, atUs: number, watch: StreamWatch): void {
  if (watch.ended) return;
  const state = reader.read(text, atUs);
  if (state === 'malformed') watch.fail(failure('malformed', `not JSON: ${text.slice(0, 200)}`));
  if (state === 'ended') endBy(reader, watch);
}

/** The stream is over: the answer, too, where it is whole without a last event. */
export function conclude(reader: StreamReader, atUs: number, watch: StreamWatch): void {
  if (!watch.ended && reader.close(atUs) === 'ended') endBy(reader, watch);
}

function endBy(reader: StreamReader, watch: StreamWatch): void {
  if (reader.terminal?.kind === 'failed') watch.fail(reader.terminal.failure);
  else watch.end({ kind: 'answered' });
}
