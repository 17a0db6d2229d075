import { gunzipSync, zstdDecompressSync } from 'node:zlib';

const magics = [
  { magic: Buffer.from([0x1f, 0x8b]), decode: gunzipSync },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), decode: zstdDecompressSync },
];

const mostBytes = 256 * 1024 * 1024;

/** The body that a client compressed; told by its first bytes, since a tap is not told the headers. */
export function decodeBody(body: Uint8Array): Uint8Array {
  const found = magics.find(({ magic }) => magic.equals(body.subarray(0, magic.length)));
  if (found === undefined) return body;
  try {
    return found.decode(body, { maxOutputLength: mostBytes });
  } catch {
    return body; // only looked compressed: kept as it came
  }
}
