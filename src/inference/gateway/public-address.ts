import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { familyOf } from './allowed-hosts.ts';

/** IANA's special-purpose addresses, multicast and the reserved rest (RFC 6890 and its registry). */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Within 2000::/3, outside of which nothing is public: Teredo and its like, documentation, 6to4. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const specials = listOf([...special4, ...special6]);
const global6 = listOf(['2000::/3']);

/**
 * Whether an address is one of the public internet and not of this host: the proxy connects from here, where
 * a name that leads to 127.0.0.1, to a neighbour or to a cloud's metadata would open what no task may see.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const family = familyOf(address);
  if (specials.check(address, family) || isOfThisHost(address)) return false;
  return family === 'ipv4' || global6.check(address, family);
}

function isOfThisHost(address: string): boolean {
  const own = new BlockList();
  for (const one of Object.values(networkInterfaces()).flat()) {
    if (one !== undefined) own.addAddress(one.address, familyOf(one.address));
  }
  return own.check(address, familyOf(address));
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}
