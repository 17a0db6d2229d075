import { costUsd } from '../domain/model.ts';
import type { PlannedTrial } from '../domain/trial.ts';
import { atifTrajectory } from '../results/atif.ts';
import type { Try } from '../scheduler/run-all.ts';
import type { AgentStation } from './agent-station.ts';
import type { TrialDependencies } from './trial-dependencies.ts';

/** What the agent of a try said and did, as its file holds it. */
export function trialTrajectory(
  { arm, id }: PlannedTrial,
  attempt: Try,
  { trajectory: steps, usage }: Pick<AgentStation, 'trajectory' | 'usage'>,
  dependencies: Pick<TrialDependencies, 'runId' | 'agentOf' | 'modelOf'>,
): Record<string, unknown> {
  const { name, version } = dependencies.agentOf(arm);
  const model = dependencies.modelOf(arm);
  const cost = costUsd(usage, model?.prices);
  return atifTrajectory({
    sessionId: `${dependencies.runId}/${id}/try-${attempt.number}`,
    agent: { name, version, ...(model === undefined ? {} : { modelName: model.model }) },
    ...(model?.effort === undefined ? {} : { effort: model.effort }),
    steps,
    usage,
    ...(cost === undefined ? {} : { costUsd: cost }),
    simulated: model?.provider.kind === 'simulated',
  });
}
