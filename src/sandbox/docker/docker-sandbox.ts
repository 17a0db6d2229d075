import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkPolicy } from '../../domain/task.ts';
import type {
  ChangeNetworkOptions,
  ExecOptions,
  ExecResult,
  SandboxFile,
  StartedSandbox,
} from '../sandbox.ts';
import { ContainerFiles } from './container-files.ts';
import type { ContainerNetwork } from './container-network.ts';
import type { EngineContainer } from './engine-container.ts';
import { removeContainer } from './leftovers.ts';
import { runExec } from './run-exec.ts';
import { RunningExecs } from './running-execs.ts';

/** For execs that were told to stop to say that they did; a little more than a sweep's own limits. */
const stopTimeoutMs = 60_000;

interface DockerSandboxOptions {
  readonly keepContainer: boolean;
}

export class DockerSandbox implements StartedSandbox {
  readonly id: string;
  readonly workdir: string;
  readonly #container: EngineContainer;
  readonly #files: ContainerFiles;
  readonly #execs = new RunningExecs();
  readonly #keepContainer: boolean;
  readonly #network: ContainerNetwork;
  #removal: Promise<void> | undefined;

  constructor(container: EngineContainer, network: ContainerNetwork, options: DockerSandboxOptions) {
    this.id = container.id;
    this.workdir = container.workdir;
    this.#container = container;
    this.#files = new ContainerFiles(container);
    this.#keepContainer = options.keepContainer;
    this.#network = network;
  }

  exec(options: ExecOptions): Promise<ExecResult> {
    const env = { ...this.#network.env, ...options.env };
    return runExec(this.#container, this.#execs, { ...options, env });
  }

  writeFiles(files: readonly SandboxFile[]): Promise<void> {
    return this.#files.write(files);
  }

  uploadFolder(hostFolder: string, folder: string): Promise<void> {
    return this.#files.uploadFolder(hostFolder, folder);
  }

  readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Uint8Array | undefined> {
    return this.#files.read(path, options?.maxBytes);
  }

  download(path: string, hostFolder: string): Promise<boolean> {
    return this.#files.download(path, hostFolder);
  }

  getArchive(path: string): Promise<NodeJS.ReadableStream | undefined> {
    return this.#files.getArchive(path);
  }

  putArchive(archive: NodeJS.ReadableStream | Uint8Array, folder: string): Promise<void> {
    return this.#files.putArchive(archive, folder);
  }

  async stopRunningExecs(): Promise<void> {
    for (const exec of this.#execs.all()) exec.stop.abort();
    const deadline = performance.now() + stopTimeoutMs;
    while (this.#execs.all().some(({ stop }) => stop.signal.aborted) && performance.now() < deadline) {
      await sleep(20);
    }
  }

  changeNetwork(policy: NetworkPolicy, options: ChangeNetworkOptions): Promise<void> {
    return this.#network.change(policy, options);
  }

  remove(): Promise<void> {
    this.#removal ??= this.#removeAll();
    return this.#removal;
  }

  /** A container that is kept loses its sidecar, which led to a socket that ends with the trial. */
  async #removeAll(): Promise<void> {
    const { sidecarId } = this.#network;
    const ids = this.#keepContainer ? [sidecarId] : [sidecarId, this.id];
    const removals = ids
      .filter((id) => id !== undefined)
      .map((id) => removeContainer(this.#container.docker, id).catch(() => {})); // its label leads the next clean to it
    await Promise.all(removals);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }
}
