import { expect, test } from 'vitest';
import { isRepeat, RepeatCutter } from './repeat-cutter.ts';

const event = (number: number, delta = 'ä') =>
  `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"${delta}","sequence_number":${number}}\n\n`;

function cutInChunks(text: string, size: number): string {
  const cutter = new RepeatCutter();
  const bytes = Buffer.from(text);
  const kept: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) kept.push(...cutter.cut(bytes.subarray(at, at + size)));
  return Buffer.concat([...kept, cutter.rest()]).toString();
}

test.each([
  ['an event that comes twice', event(1) + event(1) + event(2), event(1) + event(2)],
  ['every one of several', event(1) + event(1) + event(2) + event(2) + event(2), event(1) + event(2)],
  ['one at the end', event(7) + event(7), event(7)],
])('leaves out %s, whatever the chunks', (_name, text, kept) => {
  for (let size = 1; size <= Buffer.byteLength(text); size += 1) expect(cutInChunks(text, size)).toBe(kept);
});

const unnumbered = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const quoted = 'data: {"delta":"\\"sequence_number\\":5"}\n\n';

test.each([
  ['equal words with numbers of their own', event(1) + event(2) + event(3)],
  ['events without a number', unnumbered + unnumbered],
  ['events that are all numbered 0', event(0) + event(0)],
  ['a number that the model writes', quoted + quoted],
  ['a stream that ends within a repeat', event(1) + event(1).slice(0, 40)],
  ['lines that end otherwise', event(1).replaceAll('\n', '\r\n') + event(2).replaceAll('\n', '\r\n')],
  ['an event that is longer than is watched', event(1, 'x'.repeat(1_100_000)) + event(2)],
])('leaves %s as they are', (_name, text) => {
  const length = Buffer.byteLength(text);
  const sizes = length > 10_000 ? [64 * 1024, length] : Array.from({ length }, (_, index) => index + 1);
  for (const size of sizes) expect(cutInChunks(text, size) === text).toBe(true);
});

test('holds nothing back that is not the beginning of a repeat', () => {
  const cutter = new RepeatCutter();
  const out = (text: string) => Buffer.concat(cutter.cut(Buffer.from(text))).toString();
  expect(out(event(1))).toBe(event(1));
  expect(out(event(2, 'b').slice(0, -9))).toBe(event(2, 'b').slice(0, -9));
  expect(out(event(2, 'b').slice(-9))).toBe(event(2, 'b').slice(-9));
  expect(out(event(2, 'b').slice(0, 20))).toBe('');
  expect(out('x')).toBe(`${event(2, 'b').slice(0, 20)}x`);
});

test('frames are repeats by the same rule', () => {
  const frame = Buffer.from('{"type":"response.output_item.done","sequence_number":12}');
  expect(isRepeat(frame, Buffer.from(frame))).toBe(true);
  expect(isRepeat(frame, Buffer.from('{}'))).toBe(false);
  expect(isRepeat(Buffer.from('{}'), Buffer.from('{}'))).toBe(false);
});
