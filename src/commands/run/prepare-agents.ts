import { join } from 'node:path';
import type { PrepareAgentOptions } from '../../agents/agent.ts';
import type { Arm } from '../../domain/arm.ts';
import { stateFolder } from '../../machine/state-folder.ts';
import type { ReadOnlyMount } from '../../sandbox/sandbox.ts';
import type { ChosenArm } from './choose-arms.ts';

export type MountsOf = (arm: Arm) => readonly ReadOnlyMount[];

/** Lets each agent fetch what it needs, once a run; what it fetched is kept between runs. */
export async function prepareAgents(
  arms: readonly ChosenArm[],
  {
    env,
    ...options
  }: Pick<PrepareAgentOptions, 'signal' | 'onProgress'> & {
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<MountsOf> {
  const mounts = new Map<string, readonly ReadOnlyMount[]>();
  for (const agent of new Set(arms.map(({ agent }) => agent))) {
    const cacheFolder = join(stateFolder(env), 'agents');
    const prepared = await agent.prepare?.({ ...options, cacheFolder });
    mounts.set(agent.name, prepared?.mounts ?? []);
  }
  return (arm) => mounts.get(arm.agent) ?? [];
}
