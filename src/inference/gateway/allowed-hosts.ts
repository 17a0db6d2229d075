import { BlockList, isIP } from 'node:net';
import { EvalrunError } from '../../domain/errors.ts';

export interface Destination {
  /** A name in lower case without a dot at its end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

type Rule = (destination: Destination) => boolean;

const defaultPorts: readonly number[] = [80, 443];
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?$/;

/**
 * Decides which destinations a list allows: `example.org` that name alone, `*.example.org` all names below it
 * and not itself, an address or a range of them (`192.0.2.0/24`) requests that name an address. Ports are 80
 * and 443, or the one that the entry names (`example.org:8080`, `[2001:db8::1]:8080`). Throws 'usage'.
 */
export function allowedHostsRule(entries: readonly string[]): Rule {
  const rules = entries.map(toRule);
  return (destination) => rules.some((rule) => rule(destination));
}

function toRule(entry: string): Rule {
  const { host, port } = splitPort(entry.trim().toLowerCase());
  const matches = hostRule(host, entry);
  return (destination) =>
    matches(destination.host) &&
    (port === undefined ? defaultPorts.includes(destination.port) : destination.port === port);
}

function hostRule(host: string, entry: string): (host: string) => boolean {
  if (isIP(host) !== 0) return addressRule(host, isIP(host) === 4 ? 32 : 128);
  const [address = '', bits = ''] = host.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  if (longest !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= longest) {
    return addressRule(address, Number(bits));
  }
  const name = normalizeHost(host.replace(/^\*\./, ''));
  if (!hostName.test(name)) throw badEntry(entry);
  if (host.startsWith('*.')) return (other) => isIP(other) === 0 && other.endsWith(`.${name}`);
  return (other) => other === name;
}

function addressRule(address: string, bits: number): (host: string) => boolean {
  const listed = new BlockList();
  listed.addSubnet(address, bits, familyOf(address));
  return (host) => isIP(host) !== 0 && listed.check(host, familyOf(host));
}

export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`; a bare IPv6 address has no port. */
function splitPort(text: string): { readonly host: string; readonly port?: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return { host: text };
  const host = match[1] ?? match[2] ?? '';
  return match[3] === undefined ? { host } : { host, port: Number(match[3]) };
}

/** `host:port` as CONNECT names it; undefined where it is not that. */
export function parseAuthority(text: string): Destination | undefined {
  const { host, port } = splitPort(text.toLowerCase());
  const isValid = port !== undefined && port > 0 && port < 65536;
  return isValid ? toDestination(host, port) : undefined;
}

/** Undefined where the host is neither a name nor an address. */
export function toDestination(host: string, port: number): Destination | undefined {
  const normal = normalizeHost(host);
  if (normal.includes('%')) return undefined; // an address of one link only
  return isIP(normal) !== 0 || hostName.test(normal) ? { host: normal, port } : undefined;
}

function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function badEntry(entry: string): EvalrunError {
  return new EvalrunError(
    `"${entry}" in a list of allowed hosts: expected a host name, *.name, an address or a range, with or without a port`,
    { code: 'usage' },
  );
}
