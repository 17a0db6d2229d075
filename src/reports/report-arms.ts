import { type Arm, armKey } from '../domain/arm.ts';
import { EvalrunError } from '../domain/errors.ts';
import { armKeys } from './arm-keys.ts';
import type { KeptTry, LoadedRun } from './load-run.ts';
import { latencyNotMeasured } from './replay-text.ts';
import type { RequestSamples } from './request-samples.ts';

/** One arm of a report, with everything that its figures are made from. */
export interface ReportArm {
  readonly key: string;
  readonly arm: Arm;
  readonly loaded: LoadedRun;
  readonly trials: readonly KeptTry[];
  readonly requests: readonly RequestSamples[];
  /** Undefined where no model took part (the oracle), so that it may stand beside both kinds. */
  readonly simulated: boolean | undefined;
  /** Why its times measure nothing: a replay at another pace. */
  readonly notMeasured: string | undefined;
}

export interface ArmFilter {
  readonly models?: readonly string[] | undefined;
  readonly agents?: readonly string[] | undefined;
}

export function isChosenBy({ models, agents }: ArmFilter): (arm: Arm) => boolean {
  return (arm) =>
    (models === undefined || (arm.model !== undefined && models.includes(arm.model))) &&
    (agents === undefined || agents.includes(arm.agent));
}

/** All arms of all runs, in the order in which runs and arms were named. */
export function reportArms(runs: readonly LoadedRun[], filter: ArmFilter = {}): ReportArm[] {
  const isChosen = isChosenBy(filter);
  const chosen = runs.flatMap((loaded) =>
    loaded.run.arms.filter(isChosen).map((arm) => ({ arm, loaded, runId: loaded.run.runId })),
  );
  if (chosen.length === 0) throw new EvalrunError(`no arm left: ${whatThereIs(runs)}`, { code: 'usage' });
  const keys = armKeys(chosen);
  return chosen.map(({ arm, loaded }, index) => {
    const name = armKey(arm);
    return {
      key: keys[index] ?? name,
      arm,
      loaded,
      trials: loaded.finals.filter((trial) => armKey(trial.arm) === name),
      requests: loaded.requests.get(name) ?? [],
      simulated: simulatedOf(arm, loaded),
      notMeasured: latencyNotMeasured(loaded.run),
    };
  });
}

function whatThereIs(runs: readonly LoadedRun[]): string {
  const arms = runs.flatMap(({ run }) => run.arms);
  const models = [...new Set(arms.flatMap(({ model }) => model ?? []))];
  const agents = [...new Set(arms.map(({ agent }) => agent))];
  return `the runs have the models ${models.join(', ') || '(none)'} and the agents ${agents.join(', ')}`;
}

function simulatedOf(arm: Arm, { run }: LoadedRun): boolean | undefined {
  if (arm.model === undefined) return undefined;
  return run.models.find(({ alias }) => alias === arm.model)?.simulated ?? run.simulated;
}

/** Working time of the agent in microseconds: back-off does not count. */
export function timeUsOf({ agentWorkingUs, agentWallUs }: KeptTry): number | undefined {
  return agentWorkingUs ?? agentWallUs;
}

export function isResolved({ outcome }: Pick<KeptTry, 'outcome'>): boolean {
  return outcome.status === 'judged' && outcome.resolved;
}

export function isJudged({ outcome }: KeptTry): boolean {
  return outcome.status === 'judged';
}
