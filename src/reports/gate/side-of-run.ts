import { type Arm, armKey, armName } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { ImportedRun, Run } from '../../domain/run.ts';
import { finalRecords } from '../../results/final-records.ts';
import type { AnyStoredRun } from '../../results/result-store.ts';
import { latencyNotMeasured } from '../replay-text.ts';
import type { GateAttempt, GateSide } from './gate-side.ts';

/** Which arm of a run is meant; `flag` names the flag that says so in the message. */
export interface ArmChoice {
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  readonly flag: string;
}

/** The run's only arm that fits. Throws EvalrunError('usage') where none or several do. */
export function chooseArm({ runId, arms }: Run | ImportedRun, { model, agent, flag }: ArmChoice): Arm {
  const fitting = arms.filter(
    (arm) => (model === undefined || arm.model === model) && (agent === undefined || arm.agent === agent),
  );
  const only = fitting[0];
  if (only !== undefined && fitting.length === 1) return only;
  const names = (several: readonly Arm[]): string => several.map(armName).join(', ');
  const problem =
    only === undefined
      ? `has no arm ${[agent, model].filter((part) => part !== undefined).join('-')}; it has ${names(arms)}`
      : `has several arms: ${names(fitting)}; name one with ${flag}`;
  throw new EvalrunError(`run ${runId} ${problem}`, { code: 'usage' });
}

export function sideOfRun({ run, records }: AnyStoredRun, arm: Arm): GateSide {
  const finals = finalRecords(records.values).filter((record) => armKey(record.arm) === armKey(arm));
  const byTask = Map.groupBy(finals, ({ taskId }) => taskId);
  const model = run.models.find(({ alias }) => alias === arm.model);
  const agent = run.agents.find(({ name }) => name === arm.agent);
  const notMeasured =
    'imported' in run
      ? `measured by another system (${run.imported.system}), on its own clock`
      : latencyNotMeasured(run);
  return {
    runId: run.runId,
    ...defined('startedAt', run.startedAt),
    state: run.state,
    simulated: run.simulated,
    ...('imported' in run ? { importedFrom: run.imported.system } : {}),
    ...defined('latencyNotMeasured', notMeasured),
    suite: { name: run.suite.name, hash: run.suite.hash },
    datasets: run.datasets.map(({ name, title, version, hash }) => ({
      name,
      ...defined('title', title),
      ...defined('version', version),
      hash,
    })),
    arm,
    ...(model === undefined ? {} : { model: modelOf(model) }),
    agent: { version: agent?.version ?? 'unknown', ...defined('command', agent?.settings?.command) },
    evalrun: { version: run.evalrun.version, ...defined('commit', run.evalrun.commit) },
    ...('host' in run ? { host: { cpu: run.host.cpu, cores: run.host.cores } } : {}),
    attempts: run.attempts,
    tasks: run.tasks.map(({ id, dataset, hash }) => ({
      id,
      dataset,
      hash,
      attempts: (byTask.get(id) ?? []).toSorted((a, b) => a.attempt - b.attempt).map(attemptOf),
    })),
  };
}

function modelOf({ provider, model, transport, effort }: Run['models'][number]) {
  return { provider, model, ...defined('transport', transport), ...defined('effort', effort) };
}

function attemptOf({ outcome, agentWorkingUs, agentWallUs, ttft }: TrialRecord): GateAttempt {
  const workingUs = agentWorkingUs ?? agentWallUs;
  return {
    status: outcome.status === 'judged' ? (outcome.resolved ? 'resolved' : 'unresolved') : outcome.status,
    ...defined('seconds', workingUs === undefined ? undefined : Math.round(workingUs / 1000) / 1000),
    ...defined('ttftMs', ttft.medianUs === undefined ? undefined : ttft.medianUs / 1000),
    ...(outcome.status === 'errored' ? { problem: `${outcome.phase}: ${outcome.message}` } : {}),
    ...(outcome.status === 'cancelled' ? { problem: outcome.reason } : {}),
  };
}

function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
