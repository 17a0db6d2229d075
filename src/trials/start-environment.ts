import { EvalrunError } from '../domain/errors.ts';
import type { Resources } from '../domain/run.ts';
import type { NetworkPolicy, TaskEnvironment } from '../domain/task.ts';
import type { PreparedImage, Reach, ReadOnlyMount, StartedSandbox } from '../sandbox/sandbox.ts';
import type { TrialDependencies } from './trial-dependencies.ts';

export interface StartEnvironmentOptions {
  readonly environment: TaskEnvironment;
  readonly image: PreparedImage;
  readonly trialId: string;
  readonly role: 'agent' | 'verifier';
  /**
   * The way to the trial's gateway. An agent that is given one needs it, also where its task has no network. A
   * verifier takes it with an allow-list only, and then it must lead to no model.
   */
  readonly reach?: Reach | undefined;
  readonly mounts?: readonly ReadOnlyMount[];
  readonly signal: AbortSignal;
}

/** A container of a task's environment: the task's own limits, else the suite's. */
export async function startEnvironment(
  options: StartEnvironmentOptions,
  dependencies: Pick<TrialDependencies, 'engine' | 'runId' | 'resources'>,
): Promise<StartedSandbox> {
  const { environment, image } = options;
  const { resources } = dependencies;
  const cpus = environment.cpus ?? resources.cpus;
  const memoryMb = environment.memoryMb ?? resources.memoryMb;
  const network = networkOf(options, resources);
  const reach = options.role === 'agent' || network === 'allowlist' ? options.reach : undefined;
  return dependencies.engine.start({
    image,
    runId: dependencies.runId,
    trialId: options.trialId,
    role: options.role,
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(resources.pids === undefined ? {} : { pidsLimit: resources.pids }),
    network,
    ...(reach === undefined ? {} : { reach }),
    ...(options.mounts === undefined || options.mounts.length === 0 ? {} : { mounts: options.mounts }),
    env: environment.env,
    ...(environment.workdir === undefined ? {} : { workdir: environment.workdir }),
    signal: options.signal,
  });
}

/**
 * A suite's policy wins over the task's: a suite without network is without network. A verifier asks no
 * model, and the hosts of a list are for those who ask for them.
 */
export function networkOf(
  { environment, role, reach }: Pick<StartEnvironmentOptions, 'environment' | 'role' | 'reach'>,
  resources: Resources,
): NetworkPolicy {
  const network = resources.network ?? environment.network;
  // An agent that asks its model from inside needs the way to it, and no more than that.
  if (role === 'agent' && network === 'none' && reach !== undefined) return 'gateway';
  if (role === 'agent' || network === 'public') return network;
  if (network !== 'allowlist' || environment.network !== 'allowlist') return 'none';
  if (reach !== undefined) return network;
  throw new EvalrunError(
    "the verifier's container asks for a network with an allow-list, and no proxy was opened for it",
    { code: 'refused' },
  );
}
