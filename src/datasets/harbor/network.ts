import type { NetworkPolicy } from '../../domain/task.ts';
import type { EnvironmentToml } from './environment-toml.ts';
import type { TaskReading } from './task-reading.ts';
import type { TaskToml } from './task-toml.ts';
import { mergeVerifier, modeOf } from './verifier-tables.ts';

export interface Network {
  readonly network: NetworkPolicy;
  readonly allowedHosts?: readonly string[];
}

type NetworkFields = Pick<EnvironmentToml, 'network_mode' | 'allowed_hosts'>;

const policies = { 'no-network': 'none', public: 'public', allowlist: 'allowlist' } as const;

/** The environment's own network; `allow_internet` is the old spelling and counts only where nothing newer stands. */
export function environmentNetwork(table: EnvironmentToml): Network {
  const old = table.allow_internet === false ? 'no-network' : 'public';
  return toNetwork({ network_mode: table.network_mode ?? old, allowed_hosts: table.allowed_hosts });
}

/** What a phase's table says, where it says something of its own. */
export function phaseNetwork(fields: NetworkFields, otherwise: Network): Network {
  if (fields.network_mode !== undefined) return toNetwork(fields);
  return fields.allowed_hosts === undefined
    ? otherwise
    : toNetwork({ network_mode: 'allowlist', allowed_hosts: fields.allowed_hosts });
}

/**
 * The one network of the agent's container. Harbor can change it between phases; a container here keeps
 * what it was started with, so that phases which differ are refused.
 */
export function containerNetwork(config: TaskToml, reading: TaskReading): Network {
  const own = environmentNetwork(config.environment);
  const ofTask = phaseNetwork(config.agent, own);
  const steps =
    config.steps.length === 0 ? [{ agent: config.agent, verifier: config.verifier }] : config.steps;
  const phases = steps.flatMap((step) => {
    const verifier = mergeVerifier(config.verifier, step.verifier);
    const agent = phaseNetwork(step.agent, ofTask);
    return modeOf(verifier) === 'separate' ? [agent] : [agent, phaseNetwork(verifier, own)];
  });
  const first = phases[0] ?? own;
  if (phases.some((phase) => !isSameNetwork(phase, first))) {
    reading.refuse(
      "The task's phases ask for different networks in one container, which keeps the one it was started with.",
    );
  }
  return first;
}

/** A list may name its hosts in any order. */
export function isSameNetwork(one: Network, other: Network): boolean {
  if (one.network !== other.network) return false;
  return one.network !== 'allowlist' || hostsOf(one) === hostsOf(other);
}

function hostsOf({ allowedHosts = [] }: Network): string {
  return [...new Set(allowedHosts.map((host) => host.toLowerCase()))].sort().join(' ');
}

function toNetwork(
  fields: { readonly [Key in keyof NetworkFields]: NetworkFields[Key] | undefined },
): Network {
  const network = policies[fields.network_mode ?? 'public'];
  return fields.allowed_hosts === undefined ? { network } : { network, allowedHosts: fields.allowed_hosts };
}
