import { EvalrunError } from '../../domain/errors.ts';
import { median } from '../../statistics/percentile.ts';
import type { GateTaskResult } from './gate-result.ts';
import { type GateSide, type GateTask, type Score, scoreOf } from './gate-side.ts';
import type { Quarantined } from './quarantine.ts';

/** Every task of either side, with what becomes of it. Only `counted` ones enter a figure. */
export function pairSides(
  baseline: GateSide,
  candidate: GateSide,
  quarantine: readonly Quarantined[],
): GateTaskResult[] {
  const inBaseline = new Map(baseline.tasks.map((task) => [task.id, task]));
  const inCandidate = new Map(candidate.tasks.map((task) => [task.id, task]));
  const quarantined = new Map(quarantine.map((entry) => [entry.task, entry]));
  return [...new Set([...inCandidate.keys(), ...inBaseline.keys()])].map((id) =>
    resultOf(inBaseline.get(id), inCandidate.get(id), quarantined.get(id)),
  );
}

function resultOf(
  baseline: GateTask | undefined,
  candidate: GateTask | undefined,
  entry: Quarantined | undefined,
): GateTaskResult {
  const { id, dataset } = knownOf(candidate ?? baseline);
  const scores = {
    ...(baseline === undefined ? {} : { baseline: scoreOf(baseline) }),
    ...(candidate === undefined ? {} : { candidate: scoreOf(candidate) }),
  };
  const seconds = median((candidate?.attempts ?? []).flatMap((attempt) => attempt.seconds ?? []));
  const problem = candidate?.attempts.find((attempt) => attempt.problem !== undefined)?.problem;
  return {
    id,
    dataset,
    state: entry === undefined ? stateOf(scores.baseline, scores.candidate) : 'quarantined',
    ...changeOf(scores.baseline, scores.candidate),
    ...scores,
    ...(seconds === undefined ? {} : { seconds }),
    ...(problem === undefined ? {} : { problem }),
    ...(entry === undefined
      ? {}
      : { quarantine: { reason: entry.reason, owner: entry.owner, expires: entry.expires } }),
  };
}

function knownOf(task: GateTask | undefined): GateTask {
  if (task !== undefined) return task;
  throw new EvalrunError('a task that stands on neither side', { code: 'internal' });
}

function stateOf(baseline: Score | undefined, candidate: Score | undefined): GateTaskResult['state'] {
  if (candidate === undefined) return 'only-in-baseline';
  if (baseline === undefined) return 'only-in-candidate';
  return baseline.judged === 0 || candidate.judged === 0 ? 'without-verdict' : 'counted';
}

function changeOf(
  baseline: Score | undefined,
  candidate: Score | undefined,
): Pick<GateTaskResult, 'change'> | Record<never, never> {
  if (!baseline?.judged || !candidate?.judged) return {};
  const difference = rateOf(candidate) - rateOf(baseline);
  return { change: difference < 0 ? 'regressed' : difference > 0 ? 'improved' : 'same' };
}

export function rateOf({ judged, resolved }: Score): number {
  return resolved / judged;
}

/** A task that counts, with both its scores. */
export interface CountedTask {
  readonly id: string;
  readonly baseline: Score;
  readonly candidate: Score;
}

export function countedTasks(tasks: readonly GateTaskResult[]): CountedTask[] {
  return tasks.flatMap(({ id, state, baseline, candidate }) =>
    state === 'counted' && baseline !== undefined && candidate !== undefined
      ? [{ id, baseline, candidate }]
      : [],
  );
}
