const nothing: Buffer = Buffer.alloc(0);
const border = Buffer.from('\n\n');
/** An event beyond it is passed on unwatched, and so is what follows it. */
const longestEvent = 1024 * 1024;

/**
 * Leaves out of an event stream what is the event before it over again. An agent that reads it twice may run
 * a command twice, and the trial would be judged by that. Bytes are held back only while they may be one.
 */
export class RepeatCutter {
  #last: Buffer = nothing;
  /** Of the event that is coming, and how many of its bytes have gone on. */
  #coming: Buffer = nothing;
  #passed = 0;
  #isOff = false;

  /** What may go on now, in order. */
  cut(chunk: Buffer): readonly Buffer[] {
    if (this.#isOff) return [chunk];
    const kept: Buffer[] = [];
    const searched = Math.max(0, this.#coming.length - 1);
    let bytes = this.#coming.length === 0 ? chunk : Buffer.concat([this.#coming, chunk]);
    for (let at = bytes.indexOf(border, searched); at !== -1; at = bytes.indexOf(border)) {
      const event = bytes.subarray(0, at + border.length);
      if (!isRepeat(event, this.#last)) this.#pass(event, kept);
      this.#last = event;
      this.#passed = 0;
      bytes = bytes.subarray(event.length);
    }
    this.#coming = bytes;
    if (bytes.length > longestEvent) this.#isOff = true;
    const mayRepeat = !this.#isOff && this.#last.subarray(0, bytes.length).equals(bytes);
    if (!mayRepeat) this.#pass(bytes, kept);
    return kept;
  }

  /** The stream is over, within an event that was not repeated to its end. */
  rest(): Buffer {
    const held = this.#isOff ? nothing : this.#coming.subarray(this.#passed);
    this.#coming = nothing;
    this.#passed = 0;
    return held;
  }

  #pass(bytes: Buffer, kept: Buffer[]): void {
    if (bytes.length > this.#passed) kept.push(bytes.subarray(this.#passed));
    this.#passed = bytes.length;
  }
}

/** Without a number that is the stream's own, two equal events may be meant. Some servers number all with 0. */
const numbered = /(?<!\\)"sequence_number"\s*:\s*[1-9]/;

/** To the byte, and with one sequence number. */
export function isRepeat(event: Buffer, last: Buffer): boolean {
  return event.equals(last) && numbered.test(event.toString('latin1'));
}
