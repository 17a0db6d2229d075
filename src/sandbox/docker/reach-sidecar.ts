import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname } from 'node:path';
import type Docker from 'dockerode';
import { EvalrunError } from '../../domain/errors.ts';
import type { PreparedImage, Reach } from '../sandbox.ts';
import { explainMissingSource, readOnlyMounts } from './bind-mounts.ts';
import { callEngine } from './engine-call.ts';
import type { EngineContainer } from './engine-container.ts';
import { firstLineOf } from './first-line.ts';
import { forwarderScript, listening, noSocket } from './forwarder-script.ts';
import type { ImageMaker } from './image-maker.ts';
import { roleLabel } from './labels.ts';
import { removeContainer } from './leftovers.ts';

/** Not the task's image: that may lack perl, and whoever made it would hold the way to the gateway. */
const imageName = 'debian:bookworm-slim';
const socketFolder = '/reach';

/** A third of a second is usual; a machine with more to do than it can takes seconds. */
const startTimeoutMs = 30_000;

interface Prepared {
  readonly image: PreparedImage;
  readonly isRootless: boolean;
}

/**
 * The way from a container to the gateway: a second container in the first one's network namespace, and in
 * no other namespace of it, that forwards a loopback port to a Unix socket of this host. The first sees
 * neither the socket nor the forwarder's process.
 */
export class ReachSidecars {
  readonly #docker: Docker;
  readonly #images: ImageMaker;
  #prepared: Prepared | undefined;

  constructor(docker: Docker, images: ImageMaker) {
    this.#docker = docker;
    this.#images = images;
  }

  /** Returns the sidecar's id as soon as its port can be connected to; leaves nothing behind when it fails. */
  async start(container: EngineContainer, reach: Reach, signal: AbortSignal): Promise<string> {
    this.#prepared ??= await this.#prepare(signal);
    const name = `${container.name}-reach`;
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => removeContainer(this.#docker, name).catch(() => {})); // its label leads the next clean to it
    cleanup.defer(() => this.#forget());
    const request = { name, ...(await sidecarRequest(container, reach, this.#prepared)) };
    const sidecar = await this.#create(request);
    const said = await callEngine(
      { what: `start ${name}`, signal, timeoutMs: startTimeoutMs },
      (abortSignal) => firstLineOf(sidecar, abortSignal),
    );
    if (said !== listening) throw await explainSilence(said, reach);
    cleanup.move();
    return sidecar.id;
  }

  async #prepare(signal: AbortSignal): Promise<Prepared> {
    const image = await this.#images.prepare({ kind: 'prebuilt', name: imageName }, { signal });
    const info: { readonly SecurityOptions?: readonly string[] | null } = await callEngine(
      { what: 'ask for its security options', signal },
      () => this.#docker.info(),
    );
    const options = info.SecurityOptions ?? [];
    return { image, isRootless: options.some((option) => option.includes('name=rootless')) };
  }

  /** The image may have been removed meanwhile. */
  #forget(): void {
    this.#prepared = undefined;
  }

  async #create(request: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    try {
      return await callEngine({ what: `create ${request.name}` }, () =>
        this.#docker.createContainer(request),
      );
    } catch (error) {
      throw explainMissingSource(error);
    }
  }
}

async function sidecarRequest(
  container: EngineContainer,
  { socketPath, port }: Reach,
  { image, isRootless }: Prepared,
): Promise<Docker.ContainerCreateOptions> {
  return {
    Image: image.id,
    User: isRootless ? '0:0' : await ownerOf(socketPath),
    Entrypoint: ['perl', '-e', forwarderScript],
    Cmd: [`${socketFolder}/${basename(socketPath)}`, String(port)],
    WorkingDir: '/',
    Labels: { ...container.labels, [roleLabel]: 'reach' },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: `container:${container.id}`,
      Mounts: await readOnlyMounts([{ hostFolder: dirname(socketPath), path: socketFolder }]),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // A label of SELinux would keep it from the host's socket.
      SecurityOpt: ['no-new-privileges', 'label=disable'],
      PidsLimit: 16,
      Memory: 128 * 2 ** 20,
      MemorySwap: 128 * 2 ** 20,
      Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 1024 }],
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/** Who may connect to the socket without any capability; a rootless engine's root is this user by itself. */
async function ownerOf(socketPath: string): Promise<string> {
  const found = await stat(socketPath).catch(() => undefined); // missing or closed to us, it is no way to anything
  if (found?.isSocket()) return `${found.uid}:${found.gid}`;
  throw new EvalrunError(`${socketPath} is not a socket that a container could be led to`, {
    code: 'sandbox',
  });
}

/** The forwarder's own reason; where this host gets an answer and it does not, the engine is elsewhere. */
async function explainSilence(said: string, { socketPath }: Reach): Promise<EvalrunError> {
  if (!said.startsWith(`${noSocket}:`)) {
    return new EvalrunError(`the way to the gateway could not be opened: ${said || 'the sidecar ended'}`, {
      code: 'sandbox',
      isRetryable: said === '',
    });
  }
  return (await answersHere(socketPath))
    ? new EvalrunError(
        `sockets of this host do not reach the engine's containers: ${socketPath} answers here, and in a container there is ${said}`,
        { code: 'refused', facts: { socketPath } },
      )
    : new EvalrunError(`nobody listens at ${socketPath}`, { code: 'sandbox', facts: { socketPath } });
}

function answersHere(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(socketPath);
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
