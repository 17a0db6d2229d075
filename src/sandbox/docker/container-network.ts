import { EvalrunError, messageOf } from '../../domain/errors.ts';
import type { NetworkPolicy } from '../../domain/task.ts';
import { checkReach } from '../check-reach.ts';
import type { ChangeNetworkOptions, Reach } from '../sandbox.ts';
import { callEngine, statusOf } from './engine-call.ts';
import type { EngineContainer } from './engine-container.ts';
import { removeContainer } from './leftovers.ts';
import { networkModeOf, proxyEnv } from './network.ts';

/** Hundredths of a second are usual. */
const timeoutMs = 30_000;

interface Sidecars {
  /** The container that leads to the gateway at first. */
  readonly sidecarId: string | undefined;
  readonly startSidecar: (reach: Reach, signal: AbortSignal) => Promise<string>;
}

/** What a running container can reach, and how that is changed. */
export class ContainerNetwork {
  readonly #container: EngineContainer;
  readonly #startSidecar: Sidecars['startSidecar'];
  #mode: 'none' | 'bridge';
  #env: Readonly<Record<string, string>>;
  #sidecarId: string | undefined;

  constructor(
    container: EngineContainer,
    start: { readonly network: NetworkPolicy; readonly reach?: Reach },
    { sidecarId, startSidecar }: Sidecars,
  ) {
    this.#container = container;
    this.#startSidecar = startSidecar;
    this.#mode = networkModeOf(start.network);
    this.#env = proxyEnv(start.network, start.reach);
    this.#sidecarId = sidecarId;
  }

  /** For every command that starts now. */
  get env(): Readonly<Record<string, string>> {
    return this.#env;
  }

  get sidecarId(): string | undefined {
    return this.#sidecarId;
  }

  async change(policy: NetworkPolicy, { reach, signal }: ChangeNetworkOptions): Promise<void> {
    checkReach({ network: policy, ...(reach === undefined ? {} : { reach }) });
    signal.throwIfAborted();
    await this.#removeSidecar();
    this.#env = {};
    await this.#connectTo(networkModeOf(policy), signal);
    if (reach !== undefined) this.#sidecarId = await this.#startSidecar(reach, signal);
    this.#env = proxyEnv(policy, reach);
  }

  async #removeSidecar(): Promise<void> {
    if (this.#sidecarId === undefined) return;
    await removeContainer(this.#container.docker, this.#sidecarId);
    this.#sidecarId = undefined;
  }

  /** The engine takes `none` for a network as well, and lets a container have no other beside it. */
  async #connectTo(mode: 'none' | 'bridge', signal: AbortSignal): Promise<void> {
    if (mode === this.#mode) return;
    await this.#ask('disconnect', this.#mode, signal);
    await this.#ask('connect', mode, signal);
    this.#mode = mode;
  }

  async #ask(verb: 'connect' | 'disconnect', name: string, signal: AbortSignal): Promise<void> {
    const network = this.#container.docker.getNetwork(name);
    const what = `${verb} ${this.#container.name} ${verb === 'connect' ? 'to' : 'from'} the network ${name}`;
    try {
      await callEngine({ what, signal, timeoutMs }, () => network[verb]({ Container: this.#container.id }));
    } catch (error) {
      throw isUnable(error) ? new EvalrunError(messageOf(error), { code: 'refused', cause: error }) : error;
    }
  }
}

/** The engine says that it does not do this to such a container; gone or broken is another matter. */
function isUnable(error: unknown): boolean {
  return [400, 403, 405, 501].includes(statusOf(error) ?? 0);
}
