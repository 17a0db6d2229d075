/** What may stand in a header's value or beside a status: the rest is left out, as Node takes no other. */
const forbidden = /[^\t\x20-\x7e\x80-\xff]/g;

/** A start line and headers, names and values in turn, as they go on the wire. */
export function headBytes(startLine: string, rawHeaders: readonly string[]): Buffer {
  let text = `${startLine.replaceAll(forbidden, '')}\r\n`;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1] ?? '';
    text += `${rawHeaders[index]}: ${value.replaceAll(forbidden, '')}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}
