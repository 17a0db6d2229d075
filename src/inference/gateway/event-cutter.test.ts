import { expect, test } from 'vitest';
import { EventCutter } from './event-cutter.ts';

const ours = 'event: evalrun.stamps\ndata: {"type":"evalrun.stamps","stamps":{"received":1}}\n\n';
const delta =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"ä\\n"}\n\n';
const types = ['evalrun.stamps', 'responsesapi.websocket_timing'];

function cutInChunks(text: string, sizes: (rest: Buffer) => number): string {
  const cutter = new EventCutter(types);
  const kept: Buffer[] = [];
  for (let rest: Buffer = Buffer.from(text); rest.length > 0; ) {
    const size = sizes(rest);
    kept.push(...cutter.cut(rest.subarray(0, size)));
    rest = rest.subarray(size);
  }
  return Buffer.concat([...kept, cutter.rest()]).toString();
}

const streams: readonly [string, string, string][] = [
  ['in the middle', delta + ours + delta, delta + delta],
  ['at the start', ours + delta, delta],
  ['at the end', delta + ours, delta],
  ['twice', ours + ours + delta, delta],
  [
    'with CRLF',
    ours.replaceAll('\n', '\r\n') + delta.replaceAll('\n', '\r\n'),
    delta.replaceAll('\n', '\r\n'),
  ],
  ['without a name', delta + ours.replace(/^event.*\n/, '') + delta, delta + delta],
  ['of the other type', delta + ours.replaceAll('evalrun.stamps', 'responsesapi.websocket_timing'), delta],
];

test.each(streams)('cuts an event %s, whatever the chunks', (_name, text, kept) => {
  for (let size = 1; size <= Buffer.byteLength(text); size += 1) {
    expect(cutInChunks(text, () => size)).toBe(kept);
  }
});

test.each([
  ['a name that only begins alike', 'event: evalrun.stamps2\ndata: 1\n\n'],
  ['the name inside of data', 'data: {"delta":"event: evalrun.stamps\\n\\n"}\n\n'],
  ['the name in a later line', ': comment\nevent: evalrun.stamps\n\n'],
  ['a stream that ends in what might be one', `${delta}event: evalrun.sta`],
  ['empty lines', '\n\n\r\n\n: x\n\n\n'],
])('leaves %s as it is', (_name, text) => {
  for (let size = 1; size <= Buffer.byteLength(text); size += 1) {
    expect(cutInChunks(text, () => size)).toBe(text);
  }
});

test('holds back no more than may be the beginning of such an event', () => {
  const cutter = new EventCutter(types);
  const out = (text: string) => Buffer.concat(cutter.cut(Buffer.from(text))).toString();
  expect(out(`${delta}event: resp`)).toBe(delta); // `responsesapi…` begins like that
  expect(out('onse.')).toBe('event: response.');
  expect(out('created\ndata: {"a')).toBe('created\ndata: {"a');
});

test('is no work at all where nothing was asked for', () => {
  const chunk = Buffer.from(ours);
  expect(new EventCutter([]).cut(chunk)).toEqual([chunk]);
});
