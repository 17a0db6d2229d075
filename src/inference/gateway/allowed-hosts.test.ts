import { describe, expect, test } from 'vitest';
import { allowedHostsRule, parseAuthority, toDestination } from './allowed-hosts.ts';

const isAllowed = (entry: string, authority: string): boolean => {
  const destination = parseAuthority(authority);
  if (destination === undefined) throw new Error(`${authority} is no destination`);
  return allowedHostsRule([entry])(destination);
};

describe('a list of allowed hosts', () => {
  test.each([
    ['example.org', 'example.org:443'],
    ['example.org', 'EXAMPLE.org.:80'],
    ['Example.ORG', 'example.org:443'],
    ['*.example.org', 'a.example.org:443'],
    ['*.example.org', 'b.a.example.org:80'],
    ['example.org:8443', 'example.org:8443'],
    ['192.0.2.7', '192.0.2.7:443'],
    ['192.0.2.0/24', '192.0.2.200:80'],
    ['2001:db8::/32', '[2001:db8:1::1]:443'],
    ['2001:db8::1', '[2001:DB8:0::1]:443'],
    ['[2001:db8::1]:8080', '[2001:db8::1]:8080'],
  ])('%s allows %s', (entry, authority) => {
    expect(isAllowed(entry, authority)).toBe(true);
  });

  test.each([
    ['example.org', 'a.example.org:443'],
    ['example.org', 'example.org.evil.net:443'],
    ['example.org', 'example.org:22'],
    ['example.org:8443', 'example.org:443'],
    ['*.example.org', 'example.org:443'],
    ['*.example.org', 'badexample.org:443'],
    ['192.0.2.0/24', '192.0.3.1:443'],
    ['192.0.2.0/24', '[::ffff:192.0.3.1]:443'],
    ['*.2.7', '192.0.2.7:443'],
    ['example.org', '93.184.215.14:443'],
    ['127.0.0.1', '2130706433:443'],
    ['127.0.0.1', '0x7f000001:443'],
  ])('%s does not allow %s', (entry, authority) => {
    expect(isAllowed(entry, authority)).toBe(false);
  });

  test.each(['https://a.org', 'a.org/x', '*', '10.0.0.0/40', 'a b', ''])('"%s" is no entry', (entry) => {
    expect(() => allowedHostsRule([entry])).toThrow(`"${entry}" in a list of allowed hosts`);
  });

  test('that is empty allows nothing', () => {
    expect(allowedHostsRule([])({ host: 'example.org', port: 443 })).toBe(false);
  });
});

test.each([
  'example.org',
  'example.org:0',
  'example.org:70000',
  'a@b:443',
  'http://a:80',
  ':443',
  '[fe80::1%eth0]:80',
])('%s is no destination', (authority) => {
  expect(parseAuthority(authority)).toBeUndefined();
});

test('an address loses its brackets, a name its last dot', () => {
  expect(toDestination('[2001:DB8::1]', 80)).toEqual({ host: '2001:db8::1', port: 80 });
  expect(toDestination('A.org.', 80)).toEqual({ host: 'a.org', port: 80 });
});
