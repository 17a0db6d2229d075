import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import type { Frame, WireEvent } from './frames.ts';

export interface PaceOptions {
  readonly frames: readonly Frame[];
  /** When the first token is due. */
  readonly startUs: number;
  readonly usPerToken: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Is handed what is due, to be written at once. */
  readonly write: (events: readonly PacedEvent[]) => void;
}

export interface PacedEvent {
  readonly event: WireEvent;
  readonly isToken: boolean;
}

/**
 * Writes frames when they are due. Every deadline counts from the start, so that a late timer (they tick in
 * milliseconds, and the machine may be busy) makes a larger bundle and not a slower stream. Rejects when aborted.
 */
export async function pace(options: PaceOptions): Promise<void> {
  const { frames, startUs, usPerToken, clock } = options;
  let spent = 0; // tokens' worth of time before the frame at hand
  const dueUs = (frame: Frame | undefined) =>
    startUs + (spent + (frame?.kind === 'pause' ? frame.cost : 0)) * usPerToken;
  for (let at = 0; at < frames.length; ) {
    await sleepUntil(dueUs(frames[at]), clock, options.signal);
    const nowUs = clock.nowUs();
    const due: Frame[] = [];
    for (let frame = frames[at]; frame !== undefined; frame = frames[at]) {
      if (frame.kind !== 'mark' && dueUs(frame) > nowUs) break;
      due.push(frame);
      at += 1;
      if (frame.kind !== 'mark') spent += frame.cost;
    }
    const events = eventsOf(due);
    if (events.length > 0) options.write(events);
  }
}

/** Resolves at the stamp or as soon after it as timers allow, never before. */
export async function sleepUntil(atUs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let leftUs = atUs - clock.nowUs(); leftUs > 0; leftUs = atUs - clock.nowUs()) {
    await sleep(Math.max(1, Math.floor(leftUs / 1000)), undefined, { signal });
  }
  signal.throwIfAborted();
}

/** Neighbouring tokens of one stream become one delta. */
function eventsOf(frames: readonly Frame[]): readonly PacedEvent[] {
  const events: PacedEvent[] = [];
  for (let at = 0; at < frames.length; ) {
    const frame = frames[at];
    at += 1;
    if (frame === undefined || frame.kind === 'pause') continue;
    if (frame.kind === 'mark') {
      events.push({ event: frame.event, isToken: false });
      continue;
    }
    let text = frame.text;
    for (let next = frames[at]; next?.kind === 'token' && next.stream === frame.stream; next = frames[at]) {
      text += next.text;
      at += 1;
    }
    events.push({ event: frame.stream.delta(text), isToken: true });
  }
  return events;
}
