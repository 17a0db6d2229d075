import type { Clock } from '../../lib/clock.ts';
import type { AnswerTiming } from './answer-plan.ts';
import { disturbRendering } from './disturb-answer.ts';
import { EventWriter, type Sink } from './event-writer.ts';
import type { Fault } from './faults.ts';
import { type Rendering, stampsEvent } from './frames.ts';
import { type PacedEvent, pace, sleepUntil } from './pace.ts';
import type { RunningAnswer } from './running-answer.ts';
import type { SendStamps, TrialStamps } from './stopped-answers.ts';

export interface StreamOptions {
  readonly rendering: Rendering;
  readonly timing: AnswerTiming;
  readonly receivedUs: number;
  readonly clock: Clock;
  readonly sink: Sink;
  readonly fault: Fault | undefined;
  /** Whether the reader asked for `evalrun.stamps`. */
  readonly sendsStamps: boolean;
  readonly stopped: TrialStamps;
  /** Only where the other side may say something into it. */
  readonly running?: RunningAnswer | undefined;
}

/** Sends an answer at its pace, with what goes wrong. Rejects when the other side has gone. */
export async function streamAnswer(options: StreamOptions): Promise<void> {
  const { sink, fault } = options;
  const rendering = disturbRendering(options.rendering, fault);
  const writer = new EventWriter(sink, fault, rendering.isNumbered);
  const stamps: SendStamps = { received: options.receivedUs };
  try {
    await sendAll({ ...options, rendering }, writer, stamps);
  } catch (error) {
    if (!writer.ended.aborted) throw error;
  } finally {
    if (stamps.completed === undefined) options.stopped.keep(stamps);
  }
  if (writer.ended.aborted && fault?.kind === 'stall') await forever(sink.gone);
}

/**
 * The stamps of what was really written when go out in one write with the terminal event and just before
 * it, so that a reader who stops there has them.
 */
async function sendAll(options: StreamOptions, writer: EventWriter, stamps: SendStamps): Promise<void> {
  const { rendering, timing, receivedUs, clock, sink, running } = options;
  const signal = AbortSignal.any([sink.gone, writer.ended]);
  const createdUs = receivedUs + timing.overheadUs;
  await sleepUntil(createdUs, clock, signal);
  writer.open(rendering.opening);
  const pacing = pace({
    frames: rendering.frames,
    startUs: createdUs + timing.ttftUs,
    usPerToken: timing.usPerToken,
    clock,
    signal: running === undefined ? signal : AbortSignal.any([signal, running.steered]),
    write: (events) => {
      stampTokens(stamps, events, clock);
      running?.sent(events);
      writer.write(events);
    },
  });
  await pacing.catch((error: unknown) => {
    if (signal.aborted || running?.steered.aborted !== true) throw error;
  });
  stamps.completed = clock.nowUs();
  const closing = running?.steered.aborted === true ? [running.closing()] : rendering.closing;
  writer.close([...(options.sendsStamps ? [stampsOf(stamps, options.stopped)] : []), ...closing]);
  if (writer.ended.aborted) return;
  if (rendering.farewell !== undefined) sink.writeText(rendering.farewell);
  sink.end();
}

function stampsOf(stamps: SendStamps, { take }: TrialStamps) {
  const stoppedBefore = take();
  return stampsEvent({ ...stamps, ...(stoppedBefore === undefined ? {} : { stoppedBefore }) });
}

function stampTokens(stamps: SendStamps, events: readonly PacedEvent[], clock: Clock): void {
  if (!events.some(({ isToken }) => isToken)) return;
  stamps.lastToken = clock.nowUs();
  stamps.firstToken ??= stamps.lastToken;
}

export function forever(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
