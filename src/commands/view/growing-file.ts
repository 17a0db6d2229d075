import { StringDecoder } from 'node:string_decoder';
import { openIfThere } from '../../lib/open-if-there.ts';

const chunkBytes = 1 << 20;

/** The lines that were added to a file since it was last asked; half a line waits for its other half. */
export class GrowingFile {
  readonly #path: string;
  readonly #decoder = new StringDecoder('utf8');
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** None while there is no such file. */
  async newLines(): Promise<string[]> {
    await using file = await openIfThere(this.#path);
    if (file === undefined) return [];
    const lines: string[] = [];
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, this.#offset);
      if (bytesRead === 0) return lines.filter((line) => line !== '');
      this.#offset += bytesRead;
      const parts = (this.#rest + this.#decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      this.#rest = parts.pop() ?? '';
      lines.push(...parts);
    }
  }
}
