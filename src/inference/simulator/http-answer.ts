/** One answer over HTTP, streamed or whole. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { AnswerTiming } from './answer-plan.ts';
import { firstHalf, type Sink } from './event-writer.ts';
import type { Fault } from './faults.ts';
import type { Rendering, WireEvent } from './frames.ts';
import { pace } from './pace.ts';
import type { TrialStamps } from './stopped-answers.ts';
import { forever, streamAnswer } from './stream-answer.ts';

export interface HttpAnswer {
  readonly rendering: Rendering;
  readonly timing: AnswerTiming;
  readonly fault: Fault | undefined;
  readonly clock: Clock;
  readonly receivedUs: number;
  readonly sendsStamps: boolean;
  readonly stopped: TrialStamps;
  readonly response: ServerResponse;
}

export function sendStream(answer: HttpAnswer): Promise<void> {
  return streamAnswer({ ...answer, sink: sseSink(answer.response) });
}

/** Paced all the same: whoever does not stream waits for the whole answer. */
export async function sendWhole(answer: HttpAnswer): Promise<void> {
  const { rendering, timing, fault, clock, response } = answer;
  const signal = goneWith(response);
  await pace({
    frames: rendering.frames,
    startUs: answer.receivedUs + timing.overheadUs + timing.ttftUs,
    usPerToken: timing.usPerToken,
    clock,
    signal,
    write: () => {},
  });
  const text = JSON.stringify(rendering.whole);
  const length = Buffer.byteLength(text);
  switch (fault?.kind) {
    case 'stall':
      return forever(signal);
    case 'cut':
      response.destroy();
      return;
    case 'half-event':
      response.writeHead(200, { ...jsonType, 'content-length': length }).write(firstHalf(text));
      cutSoon(response);
      return;
    case 'malformed':
      response.writeHead(200, jsonType).end(firstHalf(text));
      return;
    default:
      response.writeHead(200, jsonType).end(text);
  }
}

const jsonType = { 'content-type': 'application/json' };

/** Not before what was written in this tick is out: Node holds the headers back until its end. */
function cutSoon(response: ServerResponse): void {
  setImmediate(() => response.destroy());
}

function sseSink(response: ServerResponse): Sink {
  const write = (text: string) => {
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
    if (!response.headersSent) response.writeHead(200, headers);
    response.write(text);
  };
  return {
    write: (events) => write(events.map(sseBlock).join('')),
    writeText: (text) => write(`data: ${text}\n\n`),
    writeHalf: (event) => {
      write(firstHalf(sseBlock(event)));
      cutSoon(response);
    },
    cut: () => cutSoon(response),
    end: () => response.end(),
    gone: goneWith(response),
  };
}

/** Chunks of a chat completion have no type and no name. */
function sseBlock(event: WireEvent): string {
  const name = event['type'] === undefined ? '' : `event: ${event['type']}\n`;
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

function goneWith(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
