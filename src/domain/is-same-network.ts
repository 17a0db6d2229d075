import type { TaskNetwork } from './task.ts';

/** A list may name its hosts in any order. */
export function isSameNetwork(one: TaskNetwork, other: TaskNetwork): boolean {
  if (one.network !== other.network) return false;
  return one.network !== 'allowlist' || hostsOf(one) === hostsOf(other);
}

function hostsOf({ allowedHosts = [] }: TaskNetwork): string {
  return [...new Set(allowedHosts.map((host) => host.toLowerCase()))].sort().join(' ');
}
