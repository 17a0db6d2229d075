const star = '*'.charCodeAt(0);
/** Of a text's end that was cut within a key, so much is taken for its beginning. */
const tellingLetters = 6;
const nothing: Buffer = Buffer.alloc(0);

/** Takes the providers' keys out of what goes to agents and into records: a provider may quote the one that it refuses. */
export class KeyMask {
  readonly #keys: readonly string[];
  readonly #secrets: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#keys = keys.filter((key) => key !== '');
    this.#secrets = this.#keys.map((key) => Buffer.from(key));
  }

  /** Also what of a key stands at the end: messages are cut. */
  text(text: string): string {
    const whole = this.#keys.reduce((rest, key) => rest.replaceAll(key, '***'), text);
    for (const key of this.#keys) {
      for (let length = key.length - 1; length >= tellingLetters; length -= 1) {
        if (whole.endsWith(key.slice(0, length))) return `${whole.slice(0, -length)}***`;
      }
    }
    return whole;
  }

  /** As many bytes as there were; the very same where there is no key in them, as almost always. */
  bytes(bytes: Buffer): Buffer {
    if (!this.#secrets.some((secret) => bytes.includes(secret))) return bytes;
    const masked = Buffer.from(bytes);
    for (const secret of this.#secrets) {
      for (let at = masked.indexOf(secret); at !== -1; at = masked.indexOf(secret, at)) {
        masked.fill(star, at, at + secret.length);
      }
    }
    return masked;
  }

  /** For a body that comes in pieces, a key across their borders. */
  stream(): StreamMask {
    return new StreamMask(this, this.#secrets);
  }
}

/** Holds bytes back only while they may be the beginning of a key. */
export class StreamMask {
  readonly #mask: KeyMask;
  readonly #secrets: readonly Buffer[];
  #held: Buffer = nothing;

  constructor(mask: KeyMask, secrets: readonly Buffer[]) {
    this.#mask = mask;
    this.#secrets = secrets;
  }

  /** What may go on now. */
  take(piece: Buffer): Buffer {
    const bytes = this.#mask.bytes(this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]));
    const kept = Math.max(0, ...this.#secrets.map((secret) => beginningAtEnd(bytes, secret)));
    this.#held = kept === 0 ? nothing : bytes.subarray(bytes.length - kept);
    return kept === 0 ? bytes : bytes.subarray(0, bytes.length - kept);
  }

  /** The body is over: what was held back is no key. */
  rest(): Buffer {
    const held = this.#held;
    this.#held = nothing;
    return held;
  }
}

/** How many of the last bytes are the first of the secret's, but not all of them. */
function beginningAtEnd(bytes: Buffer, secret: Buffer): number {
  const from = Math.max(0, bytes.length - secret.length + 1);
  const first = secret[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    const length = bytes.length - at;
    if (bytes.compare(secret, 0, length, at) === 0) return length;
  }
  return 0;
}
