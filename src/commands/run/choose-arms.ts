import type { Agent } from '../../agents/agent.ts';
import { type Arm, armKey } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { ModelProfile } from '../../domain/model.ts';
import { unknownName } from '../../suites/models.ts';

export interface ChosenArm {
  readonly arm: Arm;
  readonly agent: Agent;
  readonly model: ModelProfile | undefined;
}

/** Every agent with every model; an agent that needs none stands alone. */
export function chooseArms(
  agentNames: readonly string[],
  modelNames: readonly string[],
  agents: readonly Agent[],
  profileOf: (alias: string) => ModelProfile,
): ChosenArm[] {
  const chosen = agentNames.flatMap((name) => {
    const agent = agents.find((candidate) => candidate.name === name);
    if (agent === undefined) {
      throw unknownName(
        'agent',
        name,
        agents.map((candidate) => candidate.name),
      );
    }
    if (!agent.needsModel) return [{ arm: { agent: name }, agent, model: undefined }];
    if (modelNames.length === 0) {
      throw new EvalrunError(`agent "${name}" needs a model; give --model (see \`evalrun list models\`)`, {
        code: 'usage',
      });
    }
    return modelNames.map((alias) => withModel(agent, profileOf(alias)));
  });
  return [...new Map(chosen.map((one) => [armKey(one.arm), one])).values()];
}

function withModel(agent: Agent, model: ModelProfile): ChosenArm {
  const refusal = agent.refuses?.(model);
  if (refusal === undefined) return { arm: armOf(agent.name, model), agent, model };
  throw new EvalrunError(`agent "${agent.name}": ${refusal}`, { code: 'usage' });
}

function armOf(agent: string, model: ModelProfile): Arm {
  return {
    agent,
    model: model.alias,
    ...(model.effort === undefined ? {} : { effort: model.effort }),
    transport: model.transport,
  };
}

/** Asked for by hand, no network means no way to a model either. A suite's `none` leaves the agent its gateway. */
export function refuseUnreachable(network: string | undefined, arms: readonly ChosenArm[]): void {
  const cut = network === 'none' ? arms.find(({ agent }) => agent.asksVia === 'gateway') : undefined;
  if (cut === undefined) return;
  throw new EvalrunError(
    `agent "${cut.agent.name}" asks its model from inside the container, and --network none leaves it no way; ` +
      'use --network gateway, which reaches the model and nothing else',
    { code: 'usage' },
  );
}
