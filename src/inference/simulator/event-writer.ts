import type { Fault, StreamFault } from './faults.ts';
import type { WireEvent } from './frames.ts';
import type { PacedEvent } from './pace.ts';

/** Where the events of an answer go: the body of an HTTP response or a WebSocket. */
export interface Sink {
  /** Writes at once, together. */
  write(events: readonly WireEvent[]): void;
  /** Something in the place of an event that is none. */
  writeText(text: string): void;
  /** The first half of an event, and then the connection ends. */
  writeHalf(event: WireEvent): void;
  /** Ends the connection without a farewell. */
  cut(): void;
  /** The answer is over. */
  end(): void;
  /** Aborted when the other side has gone. */
  readonly gone: AbortSignal;
}

/** Numbers the events of one answer and lets the faults of a stream happen to them. */
export class EventWriter {
  readonly #sink: Sink;
  readonly #fault: Fault | undefined;
  readonly #isNumbered: boolean;
  readonly #limit: number;
  readonly #ended = new AbortController();
  #next = 0;
  #sent = 0;
  #held: WireEvent | undefined;

  constructor(sink: Sink, fault: Fault | undefined, isNumbered: boolean) {
    this.#sink = sink;
    this.#fault = fault;
    this.#isNumbered = isNumbered;
    this.#limit = limitOf(fault);
  }

  /** Aborted when a fault has ended the stream: nothing more is to be written. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  open(events: readonly WireEvent[]): void {
    this.#send(events.map((event) => this.#numbered(event)));
  }

  write(events: readonly PacedEvent[]): void {
    this.#send(events.flatMap(({ event, isToken }) => this.#disturbed(this.#numbered(event), isToken)));
  }

  close(events: readonly WireEvent[]): void {
    this.#send([...this.#release(), ...events.map((event) => this.#numbered(event))]);
  }

  #numbered(event: WireEvent): WireEvent {
    return this.#isNumbered ? { ...event, sequence_number: this.#next++ } : event;
  }

  #disturbed(event: WireEvent, isToken: boolean): readonly WireEvent[] {
    if (this.#fault?.kind === 'duplicate') return [event, event];
    if (this.#fault?.kind !== 'out-of-order') return [event];
    if (this.#held !== undefined) return [event, ...this.#release()];
    if (!isToken) return [event];
    this.#held = event;
    return [];
  }

  #release(): readonly WireEvent[] {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? [] : [held];
  }

  #send(events: readonly WireEvent[]): void {
    if (this.#ended.signal.aborted) return;
    const room = this.#limit - this.#sent;
    const kept = events.slice(0, room);
    if (kept.length > 0) this.#sink.write(kept);
    this.#sent += kept.length;
    if (this.#sent >= this.#limit) this.#strike(events[room]);
  }

  /** Two faults need an event to happen to, and wait for it. */
  #strike(next: WireEvent | undefined): void {
    switch (this.#fault?.kind) {
      case 'cut':
        this.#sink.cut();
        break;
      case 'half-event':
        if (next === undefined) return;
        this.#sink.writeHalf(next);
        break;
      case 'malformed':
        if (next === undefined) return;
        this.#sink.writeText(firstHalf(JSON.stringify(next)));
        this.#sink.end();
        break;
    }
    this.#ended.abort();
  }
}

export function firstHalf(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

/** Events that arrive before the fault strikes. */
const usualLimits: Partial<Record<StreamFault['kind'], number>> = {
  stall: 2,
  cut: 5,
  malformed: 2,
  'half-event': 5,
};

function limitOf(fault: Fault | undefined): number {
  if (fault === undefined) return Number.POSITIVE_INFINITY;
  if ('afterEvents' in fault && fault.afterEvents !== undefined) return fault.afterEvents;
  return usualLimits[fault.kind as StreamFault['kind']] ?? Number.POSITIVE_INFINITY; // no entry: no limit
}
