/** An answer's events in the order and at the cost of their tokens; what each API calls them is said elsewhere. */
export type WireEvent = Readonly<Record<string, unknown>>;

/**
 * One step of the stream. A token takes its time and may be merged with its neighbours of the same stream
 * into one delta; a mark is an event that takes none; a pause takes its time and shows nothing.
 */
export type Frame =
  | { readonly kind: 'mark'; readonly event: WireEvent }
  | TokenFrame
  | { readonly kind: 'pause'; readonly cost: number };

export interface TokenFrame {
  readonly kind: 'token';
  /** In tokens' worth of time. */
  readonly cost: number;
  readonly text: string;
  readonly stream: DeltaStream;
}

export interface DeltaStream {
  readonly delta: (text: string) => WireEvent;
}

export function mark(event: WireEvent): Frame {
  return { kind: 'mark', event };
}

export function token(text: string, stream: DeltaStream, cost: number): Frame {
  return { kind: 'token', text, stream, cost };
}

export function pause(cost: number): Frame {
  return { kind: 'pause', cost };
}

/** An answer as one of the APIs tells it. */
export interface Rendering {
  /** Sent when the answer begins, long before its first token. */
  readonly opening: readonly WireEvent[];
  readonly frames: readonly Frame[];
  /** Sent together when all is said. */
  readonly closing: readonly WireEvent[];
  /** A text after the last event that is none itself. */
  readonly farewell?: string;
  /** Whether events carry a `sequence_number`. */
  readonly isNumbered: boolean;
  /** The same answer for those who do not stream. */
  readonly whole: WireEvent;
}

/** The event that only the simulator sends, and only to those who ask. */
export function stampsEvent(stamps: Readonly<Record<string, unknown>>): WireEvent {
  return { type: 'evalrun.stamps', stamps };
}
