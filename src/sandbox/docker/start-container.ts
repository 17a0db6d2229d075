import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import type { Clock } from '../../lib/clock.ts';
import type { StartOptions } from '../sandbox.ts';
import { explainMissingSource, readOnlyMounts } from './bind-mounts.ts';
import { callEngine } from './engine-call.ts';
import type { EngineContainer } from './engine-container.ts';
import { roleLabel, runLabel, trialLabel } from './labels.ts';
import { removeContainer } from './leftovers.ts';
import { networkModeOf } from './network.ts';
import { execMark, keptMark } from './sweep-script.ts';

/**
 * PID 1 is the image's own shell rather than an init: the kernel shields PID 1 from every signal sent
 * inside the container, so `kill -9 -1` and `pkill sleep` leave it alive (docker-init would end with its
 * child). Its `wait` reaps orphans. It forks once; `command eval` lets it survive a fork that fails later.
 */
const keepAlive = `while :; do command eval '${execMark}=${keptMark} sleep 2147483647 & wait $!'; done`;

const defaultPidsLimit = 1024;

export interface StartContext {
  readonly docker: Docker;
  readonly clock: Clock;
  /** Of the engine's machine; no container is given more, since the engine would refuse it. */
  readonly cpus: number;
}

/** Creates and starts a container; whatever goes wrong, nothing stays behind. */
export async function startContainer(context: StartContext, options: StartOptions): Promise<EngineContainer> {
  const { docker, clock } = context;
  const mounts = await readOnlyMounts(options.mounts ?? []);
  const name = containerName(options);
  const workdir = options.workdir ?? options.image.workdir;
  const labels = { [runLabel]: options.runId, [trialLabel]: options.trialId, [roleLabel]: options.role };
  options.signal.throwIfAborted();
  await using cleanup = new AsyncDisposableStack();
  // Before the request: one that times out may still have made the container.
  cleanup.defer(() => removeContainer(docker, name).catch(() => {})); // its label leads the next clean to it
  const container = await callEngine({ what: `create ${name}` }, () =>
    docker.createContainer({
      name,
      Image: options.image.id,
      User: '0:0',
      Entrypoint: ['/bin/sh', '-c'],
      Cmd: [keepAlive],
      Env: Object.entries(options.env).map(([name, value]) => `${name}=${value}`),
      WorkingDir: workdir,
      Labels: labels,
      StopTimeout: 0,
      // The image's own check would start processes that belong to no exec.
      Healthcheck: { Test: ['NONE'] },
      HostConfig: hostConfig(options, mounts, context.cpus),
    }),
  ).catch((error: unknown) => {
    throw explainMissingSource(error);
  });
  options.signal.throwIfAborted();
  await callEngine({ what: `start ${name}`, signal: options.signal }, (abortSignal) =>
    container.start({ abortSignal }),
  );
  cleanup.move(); // it is the sandbox's to remove from here on
  const { id: imageId, user: defaultUser } = options.image;
  return { docker, clock, id: container.id, name, imageId, labels, defaultUser, workdir };
}

function hostConfig(
  options: StartOptions,
  mounts: Docker.MountSettings[],
  engineCpus: number,
): Docker.HostConfig {
  const { cpus, memoryMb, pidsLimit = defaultPidsLimit } = options;
  const memory = memoryMb === undefined ? undefined : Math.round(memoryMb * 1024 * 1024);
  return {
    NetworkMode: networkModeOf(options.network),
    PidsLimit: pidsLimit,
    ...(mounts.length === 0 ? {} : { Mounts: mounts }),
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(Math.min(cpus, engineCpus) * 1e9) }),
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
  };
}

function containerName({ runId, trialId, role }: StartOptions): string {
  const parts = [cut(runId, 40), cut(trialId, 60), cut(role, 12), randomBytes(4).toString('hex')];
  return ['evalrun', ...parts].join('-');
}

function cut(text: string, length: number): string {
  return text.replace(/[^a-zA-Z0-9_.-]+/g, '_').slice(0, length);
}
