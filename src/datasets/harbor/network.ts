import { isSameNetwork } from '../../domain/is-same-network.ts';
import type { TaskNetwork } from '../../domain/task.ts';
import type { EnvironmentToml } from './environment-toml.ts';
import type { StepToml, TaskToml } from './task-toml.ts';

type NetworkFields = Pick<EnvironmentToml, 'network_mode' | 'allowed_hosts'>;

const policies = { 'no-network': 'none', public: 'public', allowlist: 'allowlist' } as const;

/** The environment's own network; `allow_internet` is the old spelling and counts only where nothing newer stands. */
export function environmentNetwork(table: EnvironmentToml): TaskNetwork {
  const old = table.allow_internet === false ? 'no-network' : 'public';
  return toNetwork({ network_mode: table.network_mode ?? old, allowed_hosts: table.allowed_hosts });
}

/** What a phase's table says, where it says something of its own. */
export function phaseNetwork(fields: NetworkFields, otherwise: TaskNetwork): TaskNetwork {
  if (fields.network_mode !== undefined) return toNetwork(fields);
  return fields.allowed_hosts === undefined
    ? otherwise
    : toNetwork({ network_mode: 'allowlist', allowed_hosts: fields.allowed_hosts });
}

/** The network of the agent's phase, a step's own over the task's. */
export function agentNetwork(config: TaskToml, step: StepToml | undefined): TaskNetwork {
  const ofTask = phaseNetwork(config.agent, environmentNetwork(config.environment));
  return step === undefined ? ofTask : phaseNetwork(step.agent, ofTask);
}

/** What the agent's container is started with: the network of the agent's first phase. */
export function containerNetwork(config: TaskToml): TaskNetwork {
  return agentNetwork(config, config.steps[0]);
}

/** A phase's network where the container has to change for it; undefined: it is what the container is started with. */
export function changedNetwork(phase: TaskNetwork, config: TaskToml): TaskNetwork | undefined {
  return isSameNetwork(phase, containerNetwork(config)) ? undefined : phase;
}

function toNetwork(
  fields: { readonly [Key in keyof NetworkFields]: NetworkFields[Key] | undefined },
): TaskNetwork {
  const network = policies[fields.network_mode ?? 'public'];
  return fields.allowed_hosts === undefined ? { network } : { network, allowedHosts: fields.allowed_hosts };
}
