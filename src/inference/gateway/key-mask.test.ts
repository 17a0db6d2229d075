import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyMask } from './key-mask.ts';

const key = 'sk-sk-secret';

test('stars stand in place of a key, however the body was cut', () => {
  const words = fc.array(fc.constantFrom(key, 'sk-', 's', 'secret', 'k', ' '), { maxLength: 20 });
  fc.assert(
    fc.property(words, fc.array(fc.nat(12), { maxLength: 30 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const mask = new KeyMask(['other', key]);
      const stream = mask.stream();
      const passed: Buffer[] = [];
      let at = 0;
      for (const size of cuts) {
        passed.push(stream.take(bytes.subarray(at, at + size)));
        at += size;
      }
      passed.push(stream.take(bytes.subarray(at)), stream.rest());
      expect(Buffer.concat(passed).toString()).toBe(mask.bytes(bytes).toString());
      expect(Buffer.concat(passed)).toHaveLength(bytes.length);
      expect(Buffer.concat(passed).toString()).not.toContain(key);
    }),
  );
});

test('nothing is held back that cannot become one, and nothing is copied', () => {
  const stream = new KeyMask([key]).stream();
  const event = Buffer.from('data: {"delta":"ask"}\n\n');
  expect(stream.take(event)).toBe(event);
  expect(stream.take(Buffer.from('ends with sk-')).toString()).toBe('ends with ');
  expect(stream.take(Buffer.from(' so it was none')).toString()).toBe('sk- so it was none');
  expect(stream.rest()).toHaveLength(0);
});

test('a text has no key in it, whole or cut off at its end', () => {
  const mask = new KeyMask([key, '']);
  expect(mask.text(`no such key: ${key}!`)).toBe('no such key: ***!');
  expect(mask.text(`no such key: ${key.slice(0, 9)}`)).toBe('no such key: ***');
  expect(mask.text('risk-free tasks')).toBe('risk-free tasks');
});
