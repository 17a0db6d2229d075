const lineFeed = 10;
const carriageReturn = 13;
const nothing = Buffer.alloc(0);

/**
 * Takes whole events of the given types out of an event stream, across the borders of chunks, and leaves
 * every other byte as it is. Bytes are held back only while they may be the beginning of such an event.
 */
export class EventCutter {
  readonly #beginnings: readonly Buffer[];
  #held: Buffer = nothing;
  #state: 'start' | 'passing' | 'dropping' = 'start';
  /** Bytes so far of the line that the last chunk ended in. */
  #lineBytes = 0;

  constructor(types: readonly string[]) {
    this.#beginnings = types.flatMap((type) => {
      const known = knownBeginnings.get(type) ?? beginningsOf(type);
      knownBeginnings.set(type, known);
      return known;
    });
  }

  /** What may go on now, in order. */
  cut(chunk: Buffer): readonly Buffer[] {
    if (this.#beginnings.length === 0) return [chunk];
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = nothing;
    const kept: Buffer[] = [];
    const keep = (from: number, to: number) => {
      if (to > from) kept.push(bytes.subarray(from, to));
    };
    let from = 0; // the first byte that is neither kept nor dropped yet
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'start') {
        const found = match(this.#beginnings, bytes, at);
        if (found === 'perhaps') {
          keep(from, at);
          this.#held = bytes.subarray(at);
          return kept;
        }
        this.#state = found === 'yes' ? 'dropping' : 'passing';
        if (found === 'yes') keep(from, at);
      }
      const isDropped = this.#state === 'dropping';
      at = this.#passEvent(bytes, at);
      if (isDropped) from = at;
    }
    keep(from, bytes.length);
    return kept;
  }

  /** The stream is over: what was held back is not the event that it might have been. */
  rest(): Buffer {
    const held = this.#held;
    this.#held = nothing;
    return held;
  }

  /** Goes on to the byte after the event's empty line, or to the end of the bytes. */
  #passEvent(bytes: Buffer, start: number): number {
    let at = start;
    for (;;) {
      const end = bytes.indexOf(lineFeed, at);
      const isCut = end === -1;
      const stop = isCut ? bytes.length : end;
      const endsWithReturn = stop > at && bytes[stop - 1] === carriageReturn;
      const length = this.#lineBytes + stop - at - (endsWithReturn ? 1 : 0);
      this.#lineBytes = isCut ? length : 0;
      if (isCut) return bytes.length;
      at = end + 1;
      if (length === 0) {
        this.#state = 'start';
        return at;
      }
    }
  }
}

/** Made once: every stream looks for the same few. */
const knownBeginnings = new Map<string, readonly Buffer[]>();

/** How an event of a type begins: with its name, or with data that name it first. */
function beginningsOf(type: string): Buffer[] {
  const lines = ['', ' '].flatMap((space) => [`event:${space}${type}\n`, `event:${space}${type}\r`]);
  const data = ['', ' '].flatMap((space) => [
    `data:${space}{"type":"${type}"`,
    `data:${space}{"type": "${type}"`,
  ]);
  return [...lines, ...data].map((text) => Buffer.from(text));
}

function match(beginnings: readonly Buffer[], bytes: Buffer, at: number): 'yes' | 'no' | 'perhaps' {
  let isPerhaps = false;
  for (const beginning of beginnings) {
    const length = commonLength(beginning, bytes, at);
    if (length === beginning.length) return 'yes';
    if (at + length === bytes.length) isPerhaps = true;
  }
  return isPerhaps ? 'perhaps' : 'no';
}

function commonLength(beginning: Buffer, bytes: Buffer, at: number): number {
  let length = 0;
  while (length < beginning.length && beginning[length] === bytes[at + length]) length += 1;
  return length;
}
