import type { Agent } from 'node:http';
import Docker from 'dockerode';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { ImageSource } from '../../domain/task.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { checkReach } from '../check-reach.ts';
import type { ImageMap } from '../image-map.ts';
import type {
  EngineDescription,
  PreparedImage,
  PrepareImageOptions,
  SandboxEngine,
  StartedSandbox,
  StartOptions,
} from '../sandbox.ts';
import { ContainerNetwork } from './container-network.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import { engineAgent } from './engine-agent.ts';
import { callEngine } from './engine-call.ts';
import type { EngineContainer } from './engine-container.ts';
import { whyElsewhere } from './engine-place.ts';
import { ImageBudget } from './image-budget.ts';
import { ImageMaker } from './image-maker.ts';
import { type Leftover, listLeftovers, removeContainer, removeLeftovers } from './leftovers.ts';
import { ReachSidecars } from './reach-sidecar.ts';
import { startContainer } from './start-container.ts';

export interface ConnectDockerOptions {
  readonly imageMap: ImageMap;
  /** Keeps the images that evalrun built within a disk budget, looked at before each build. */
  readonly diskBudget?: {
    readonly bytes: number;
    /** JSON file that remembers when each image was last used; made when missing. */
    readonly lastUseFile: string;
  };
  /** Default: DOCKER_HOST, else the usual socket. */
  readonly socketPath?: string;
  /** Leaves containers running when a sandbox is removed, for people to look into. */
  readonly keepContainers?: boolean;
  readonly clock?: Clock;
}

/** Throws EvalrunError('engine') when there is none. */
export async function connectDocker(options: ConnectDockerOptions): Promise<DockerEngine> {
  const agent = engineAgent();
  const docker = new Docker(connection(options.socketPath, agent));
  try {
    return new DockerEngine(docker, agent, await describeEngine(docker), options);
  } catch (error) {
    agent.destroy();
    throw error;
  }
}

/** dockerode reads DOCKER_HOST by itself; an agent of our own can be closed, but fits plain HTTP only. */
function connection(socketPath: string | undefined, agent: Agent): Docker.DockerOptions & { agent?: Agent } {
  if (socketPath !== undefined) return { socketPath, host: undefined, protocol: 'http', agent };
  const host = process.env['DOCKER_HOST'];
  return host === undefined || host.startsWith('unix://') ? { agent } : {};
}

async function describeEngine(docker: Docker, signal?: AbortSignal): Promise<EngineDescription> {
  const limits = { code: 'engine', timeoutMs: 15_000, ...(signal === undefined ? {} : { signal }) } as const;
  try {
    const version = await callEngine({ what: 'ask for its version', ...limits }, () => docker.version());
    const info: EngineInfo = await callEngine({ what: 'ask for its limits', ...limits }, () => docker.info());
    return {
      name: version.Platform?.Name || 'Docker Engine',
      version: version.Version,
      apiVersion: version.ApiVersion,
      cgroupVersion: info.CgroupVersion ?? '1',
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      architecture: version.Arch,
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw notReachable(docker, error);
  }
}

interface EngineInfo {
  readonly CgroupVersion?: string;
  readonly NCPU: number;
  readonly MemTotal: number;
}

function notReachable(docker: Docker, error: unknown): EvalrunError {
  const { host, socketPath } = docker.modem as { host?: string; socketPath?: unknown };
  const place = host ?? (typeof socketPath === 'string' ? socketPath : '/var/run/docker.sock');
  const reason = messageOf(error instanceof EvalrunError ? error.cause : error);
  return new EvalrunError(
    `cannot reach a container engine at ${place} (${reason.trim()}): run \`evalrun setup\``,
    {
      code: 'engine',
      facts: { place },
      cause: error,
    },
  );
}

/** A connection to one engine. */
export class DockerEngine implements SandboxEngine {
  readonly #docker: Docker;
  readonly #agent: Agent;
  readonly #description: EngineDescription;
  readonly #images: ImageMaker;
  readonly #sidecars: ReachSidecars;
  readonly #whyElsewhere: string | undefined;
  readonly #clock: Clock;
  readonly #keepContainers: boolean;

  constructor(docker: Docker, agent: Agent, description: EngineDescription, options: ConnectDockerOptions) {
    const { imageMap, diskBudget, keepContainers = false, clock = systemClock } = options;
    this.#docker = docker;
    this.#agent = agent;
    this.#description = description;
    this.#clock = clock;
    this.#keepContainers = keepContainers;
    const budget = diskBudget && {
      budget: new ImageBudget({
        docker,
        budgetBytes: diskBudget.bytes,
        lastUseFile: diskBudget.lastUseFile,
        wallMs: clock.wallMs,
      }),
    };
    this.#images = new ImageMaker({ docker, imageMap, engineVersion: description.version, ...budget });
    this.#sidecars = new ReachSidecars(docker, this.#images);
    this.#whyElsewhere = whyElsewhere(options.socketPath, process.env['DOCKER_HOST']);
  }

  describe(signal?: AbortSignal): Promise<EngineDescription> {
    return describeEngine(this.#docker, signal);
  }

  prepareImage(source: ImageSource, options: PrepareImageOptions): Promise<PreparedImage> {
    return this.#images.prepare(source, options);
  }

  refusalOf(source: ImageSource): Promise<string | undefined> {
    return this.#images.refusalOf(source);
  }

  async start(options: StartOptions): Promise<StartedSandbox> {
    checkReach(options);
    this.#checkPlace(options);
    const context = { docker: this.#docker, clock: this.#clock, cpus: this.#description.cpus };
    const container = await startContainer(context, options);
    const sidecarId = await this.#startSidecar(container, options);
    const network = new ContainerNetwork(container, options, {
      sidecarId,
      startSidecar: async (reach, signal) => {
        this.#checkPlace({ reach });
        return this.#sidecars.start(container, reach, signal);
      },
    });
    return new DockerSandbox(container, network, { keepContainer: this.#keepContainers });
  }

  async #startSidecar(container: EngineContainer, options: StartOptions): Promise<string | undefined> {
    if (options.reach === undefined) return undefined;
    try {
      return await this.#sidecars.start(container, options.reach, options.signal);
    } catch (error) {
      await removeContainer(this.#docker, container.id).catch(() => {}); // its label leads the next clean to it
      throw error;
    }
  }

  #checkPlace({ reach, mounts = [] }: Pick<StartOptions, 'reach' | 'mounts'>): void {
    if (this.#whyElsewhere === undefined) return;
    if (reach === undefined && mounts.length === 0) return;
    throw new EvalrunError(this.#whyElsewhere, { code: 'refused' });
  }

  removeLeftovers(runId: string): Promise<number> {
    return removeLeftovers(this.#docker, runId);
  }

  /** Containers, networks and volumes of any run, dead or alive. */
  listLeftovers(): Promise<Leftover[]> {
    return listLeftovers(this.#docker);
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }
}
