/**
 * Latency figures of one request, from its record alone. N' below are the output tokens whose arrival was
 * visible: all of them where reasoning itself was streamed, else all but the reasoning tokens; a streamed
 * summary is not the reasoning. The window is cut to match: hidden reasoning ends where the action begins.
 */
import { firstTokenMark, type RequestRecord } from '../domain/request-record.ts';

export type Measure =
  | { readonly status: 'measured'; readonly value: number }
  | { readonly status: 'not-measurable'; readonly reason: string };

/** So many tokens at such a speed are a burst that someone kept back: its speed is the network's. */
const burstTokens = 50;
const burstTokensPerSecond = 10_000;

/**
 * A token has a byte at the least and on average never so many; what a call's name and the frame of an item
 * take comes on top. A count beyond that is wrong, or holds reasoning that it does not name.
 */
const mostBytesAToken = 32;
const frameTokens = 64;

/** Last token - first token, in microseconds; undefined where no token came. */
export function decodeUs(record: RequestRecord): number | undefined {
  const first = firstTokenMark(record.marks);
  const last = record.marks.lastToken;
  return first === undefined || last === undefined ? undefined : last - first;
}

/** Time per output token: window / (N' - 1), in microseconds. */
export function tpotUs(record: RequestRecord): Measure {
  return overWindow(record, (windowUs, intervals) => windowUs / intervals);
}

/** Output tokens in a second while decoding: (N' - 1) / window. */
export function decodeRate(record: RequestRecord): Measure {
  return overWindow(record, (windowUs, intervals) => (intervals * 1e6) / windowUs);
}

function overWindow(record: RequestRecord, figure: (windowUs: number, intervals: number) => number): Measure {
  const window = decodeWindow(record);
  if (window.status === 'not-measurable') return window;
  return { status: 'measured', value: figure(window.windowUs, window.intervals) };
}

export type DecodeWindow =
  | { readonly status: 'measured'; readonly windowUs: number; readonly intervals: number }
  | { readonly status: 'not-measurable'; readonly reason: string };

/** The window and its N' - 1 intervals, to be summed over requests before they are divided. */
export function decodeWindow(record: RequestRecord): DecodeWindow {
  const tokens = visibleTokens(record);
  if (tokens === undefined) return notMeasurable('the answer brought no usage');
  const windowUs = visibleWindowUs(record);
  if (windowUs === undefined) return notMeasurable('no token came');
  if (tokens < 2) return notMeasurable('fewer than two visible tokens');
  const { visibleBytes = tokens } = record;
  if (!isPlausible(tokens, visibleBytes)) {
    return notMeasurable(`the usage counts ${tokens} visible tokens, and ${visibleBytes} bytes came`);
  }
  if (windowUs <= 0) return notMeasurable('all tokens came at once');
  if (tokens > burstTokens && (tokens * 1e6) / windowUs > burstTokensPerSecond) {
    return notMeasurable(`${tokens} tokens within ${(windowUs / 1000).toFixed(1)} ms`);
  }
  return { status: 'measured', windowUs, intervals: tokens - 1 };
}

function isPlausible(tokens: number, bytes: number): boolean {
  return tokens <= bytes + frameTokens && bytes <= mostBytesAToken * (tokens + frameTokens);
}

function visibleTokens({ usage, reasoningStreamed }: RequestRecord): number | undefined {
  if (usage === undefined || usage.estimated) return undefined;
  return reasoningStreamed === true ? usage.output : usage.output - usage.reasoning;
}

function visibleWindowUs({ marks, reasoningStreamed }: RequestRecord): number | undefined {
  const start = reasoningStreamed === true ? firstTokenMark(marks) : marks.firstAction;
  return start === undefined || marks.lastToken === undefined ? undefined : marks.lastToken - start;
}

function notMeasurable(reason: string): { status: 'not-measurable'; reason: string } {
  return { status: 'not-measurable', reason };
}
