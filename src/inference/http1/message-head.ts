/** What may stand in a head: the rest is left out, as Node takes no other. */
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;
const allForbidden = new RegExp(forbidden, 'g');

/** A start line and headers, names and values in turn, as they go on the wire. */
export function headBytes(startLine: string, rawHeaders: readonly string[]): Buffer {
  let text = `${allowed(startLine)}\r\n`;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    text += `${rawHeaders[index]}: ${allowed(rawHeaders[index + 1] ?? '')}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}

function allowed(text: string): string {
  return forbidden.test(text) ? text.replaceAll(allForbidden, '') : text;
}
