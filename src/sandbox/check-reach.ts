import { EvalrunError } from '../domain/errors.ts';
import type { StartOptions } from './sandbox.ts';

/** Throws 'refused' where a policy and a way to the gateway do not belong together; every engine keeps to it. */
export function checkReach({ network, reach }: Pick<StartOptions, 'network' | 'reach'>): void {
  const needsReach = network === 'gateway' || network === 'allowlist';
  if (needsReach && reach === undefined) {
    throw refused(network, 'leads to the gateway alone, and no gateway was opened for this container');
  }
  if (network === 'none' && reach !== undefined) {
    throw refused(network, 'leads nowhere, not to the gateway either; the policy that does is gateway');
  }
}

function refused(policy: string, reason: string): EvalrunError {
  return new EvalrunError(`the network policy ${policy} ${reason}`, { code: 'refused', facts: { policy } });
}
