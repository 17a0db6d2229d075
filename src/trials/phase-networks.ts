import { isSameNetwork } from '../domain/is-same-network.ts';
import type { TaskEnvironment, TaskNetwork, TaskStep, Verification } from '../domain/task.ts';
import type { Reach, StartedSandbox } from '../sandbox/sandbox.ts';
import type { AgentStation } from './agent-station.ts';
import { networkOf } from './start-environment.ts';
import type { TrialDependencies } from './trial-dependencies.ts';
import type { TrialLog } from './trial-log.ts';

type Role = 'agent' | 'verifier';

/**
 * What the agent's container may reach, phase by phase: each step's agent what is its own, tests that run in
 * the same container what is theirs, and never a model.
 */
export class PhaseNetworks {
  readonly #environment: TaskEnvironment;
  readonly #agent: AgentStation;
  readonly #deps: Pick<TrialDependencies, 'resources' | 'stop'>;
  readonly #log: TrialLog;
  /** Whom the container serves, and with which network. */
  #now: { readonly role: Role; readonly network: TaskNetwork };

  constructor(
    environment: TaskEnvironment,
    agent: AgentStation,
    deps: Pick<TrialDependencies, 'resources' | 'stop'>,
    log: TrialLog,
  ) {
    this.#environment = environment;
    this.#agent = agent;
    this.#deps = deps;
    this.#log = log;
    this.#now = { role: 'agent', network: environment };
  }

  async beforeAgent(step: TaskStep, sandbox: StartedSandbox): Promise<void> {
    const network = step.network ?? this.#environment;
    if (this.#now.role === 'agent' && isSameNetwork(network, this.#now.network)) return;
    await this.#log.timed('sandbox', "change to the agent's network", async () => {
      const environment = this.#environmentWith(network);
      const { reach } = await this.#agent.prepare(environment);
      await this.#change(sandbox, environment, 'agent', reach);
    });
  }

  async beforeTests({ verification }: TaskStep, sandbox: StartedSandbox): Promise<void> {
    if (isJudgedElsewhere(verification)) return;
    const own = verification.kind === 'reward-file' ? verification.network : undefined;
    const network = own ?? this.#environment;
    if (isSameNetwork(network, this.#now.network) && !this.#agent.leadsToModel) return;
    await this.#log.timed('verify', "change to the tests' network", async () => {
      await this.#agent.close();
      const environment = this.#environmentWith(network);
      const { reach } = await this.#agent.prepareVerifier(environment);
      await this.#change(sandbox, environment, 'verifier', reach);
    });
  }

  async #change(
    sandbox: StartedSandbox,
    environment: TaskEnvironment,
    role: Role,
    reach: Reach | undefined,
  ): Promise<void> {
    const policy = networkOf({ environment, role, reach }, this.#deps.resources);
    const { stop: signal } = this.#deps;
    await sandbox.changeNetwork(policy, { ...(reach === undefined ? {} : { reach }), signal });
    this.#now = { role, network: environment };
  }

  #environmentWith({ network, allowedHosts }: TaskNetwork): TaskEnvironment {
    const { allowedHosts: _, ...environment } = this.#environment;
    return { ...environment, network, ...(allowedHosts === undefined ? {} : { allowedHosts }) };
  }
}

/** In a fresh container, which gets its own network at its start. */
function isJudgedElsewhere(verification: Verification): boolean {
  if (verification.kind === 'reward-file') return verification.mode === 'separate';
  return verification.kind === 'fail-to-pass';
}
