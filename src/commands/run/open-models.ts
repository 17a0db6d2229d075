import type { Arm } from '../../domain/arm.ts';
import { armKey } from '../../domain/arm.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { Task } from '../../domain/task.ts';
import type { InferenceClient } from '../../inference/client.ts';
import type { Gateway } from '../../inference/gateway/gateway.ts';
import { startGateway } from '../../inference/gateway/start-gateway.ts';
import { createInferenceClient } from '../../inference/inference-client.ts';
import { createAdaptivePace } from '../../inference/pace/adaptive-pace.ts';
import type { Budget, Spending } from '../../inference/pace/budget.ts';
import type { Pace } from '../../inference/pace/pace.ts';
import { type BudgetLimits, createRunBudget } from '../../inference/pace/run-budget.ts';
import type { SimulatedModel } from '../../inference/simulator/plan-answer.ts';
import { planFaults } from '../../inference/simulator/plan-faults.ts';
import { startSimulator } from '../../inference/simulator/simulator.ts';
import { usualStallTimeoutMs } from '../../inference/stall-timeout.ts';
import { systemClock } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import type { ChosenArm } from './choose-arms.ts';
import type { Cassettes } from './open-cassettes.ts';

export interface OpenModels extends AsyncDisposable {
  readonly client: InferenceClient;
  /** For agents that ask from inside their sandbox. */
  readonly gateway: Gateway;
  /** Shared by everything that asks a provider. */
  readonly pace: Pace;
  readonly budget: Budget;
  readonly profileOf: (arm: Arm) => ModelProfile | undefined;
}

interface AllowedSpending {
  readonly limits: BudgetLimits;
  /** What the run had spent before it was resumed. */
  readonly before?: Spending | undefined;
}

export interface OpenModelsOptions {
  readonly arms: readonly Pick<ChosenArm, 'arm' | 'model'>[];
  /** What the simulator can play. */
  readonly tasks: readonly Task[];
  readonly seed: number;
  /** Where keys are found. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--fault` specs for the simulator. */
  readonly faults?: readonly string[] | undefined;
  readonly allowed?: AllowedSpending;
  readonly cassettes: Pick<Cassettes, 'tap' | 'reach' | 'timeScale'>;
}

/** The one client of the run and, where a model is simulated, the simulator that answers on loopback. */
export async function openModels(options: OpenModelsOptions): Promise<OpenModels> {
  const { arms, tasks, seed, cassettes, allowed = { limits: {} }, faults = [] } = options;
  const simulated = arms.flatMap(({ model }) =>
    model !== undefined && isSimulatedHere(model) ? [model] : [],
  );
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const simulator =
    simulated.length === 0
      ? undefined
      : await startSimulator({
          seed,
          profiles: new Map(simulated.flatMap(profileEntry)),
          tasks: (id) => byId.get(id),
          clock: systemClock,
          ...planFaults(faults, seed),
        });
  const pace = createAdaptivePace({ clock: systemClock });
  const budget = createRunBudget(allowed.limits, allowed.before);
  const shared = {
    pace,
    budget,
    clock: systemClock,
    env: options.env,
    retry: {
      maxAttempts: 6,
      baseMs: 1_000 * cassettes.timeScale,
      maxMs: 60_000 * cassettes.timeScale,
      timeScale: cassettes.timeScale,
    },
    random: seededRandom(seed, 'back-off'),
    stallTimeoutMs: usualStallTimeoutMs,
    connectTimeoutMs: 30_000,
    ...(cassettes.tap === undefined ? {} : { tap: cassettes.tap }),
  };
  const client = createInferenceClient(shared);
  const gateway = await startGateway(shared);
  const reach = (model: ModelProfile): ModelProfile =>
    isSimulatedHere(model) ? atSimulator(model, simulator?.baseUrl) : cassettes.reach(model);
  const profiles = new Map(
    arms.map(({ arm, model }) => [armKey(arm), model === undefined ? undefined : reach(model)]),
  );
  return {
    client,
    gateway,
    pace,
    budget,
    profileOf: (arm) => profiles.get(armKey(arm)),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await simulator?.[Symbol.asyncDispose]();
    },
  };
}

function profileEntry(model: ModelProfile): [string, SimulatedModel][] {
  const { simulation, canSteer = false } = model;
  return simulation === undefined ? [] : [[model.model, { ...simulation, canSteer }]];
}

/** Not where a recording of the simulator is played. */
function isSimulatedHere({ provider }: ModelProfile): boolean {
  return provider.kind === 'simulated' && provider.playedBy !== 'cassette';
}

/** A simulated model is reached like any other, at the simulator's address. */
function atSimulator(model: ModelProfile, baseUrl: string | undefined): ModelProfile {
  if (baseUrl === undefined) return model;
  return { ...model, provider: { ...model.provider, playedBy: 'simulator', baseUrl } };
}
