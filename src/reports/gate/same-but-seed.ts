import { isDeepStrictEqual } from 'node:util';
import { type Arm, armKey } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { ImportedRun, Run } from '../../domain/run.ts';

/**
 * Throws EvalrunError('usage') unless the two differ in nothing but the seed: whatever else differs would be taken
 * for chance.
 */
export function refuseUnlessSameButSeed(a: Run | ImportedRun, b: Run | ImportedRun, arm: Arm): void {
  const problem = problemOf(a, b, arm);
  if (problem === undefined) return;
  throw new EvalrunError(`--aa ${a.runId} ${b.runId}: ${problem}`, { code: 'usage' });
}

function problemOf(a: Run | ImportedRun, b: Run | ImportedRun, arm: Arm): string | undefined {
  if ('imported' in a || 'imported' in b) return 'an imported run does not tell enough to be one of the two';
  if (a.runId === b.runId) return 'these are one run';
  if (a.replay !== undefined || b.replay !== undefined) return 'a replay is no run of its own';
  const factsOfB = factsOf(b, arm);
  const differing = Object.entries(factsOf(a, arm)).flatMap(([what, fact]) =>
    isDeepStrictEqual(fact, factsOfB[what]) ? [] : [what],
  );
  if (differing.length > 0) return `they differ in ${differing.join(', ')}, and may in the seed only`;
  return a.seed === b.seed ? `both have the seed ${a.seed}; run one again with another --seed` : undefined;
}

function factsOf(run: Run, arm: Arm): Record<string, unknown> {
  return {
    'their arms': run.arms.some((other) => armKey(other) === armKey(arm)) ? armKey(arm) : undefined,
    suite: run.suite.hash,
    tasks: run.tasks.map(({ id, hash }) => [id, hash]).toSorted(),
    attempts: run.attempts,
    model: run.models.find(({ alias }) => alias === arm.model),
    agent: run.agents.find(({ name }) => name === arm.agent),
    limits: run.limits,
    resources: run.resources,
    jobs: run.jobs,
    interventions: run.interventions,
    faults: run.faults,
    'image map': run.imageMap,
    images: Object.entries(run.images)
      .map(([task, { digest }]) => [task, digest])
      .toSorted(),
    evalrun: run.evalrun,
    host: run.host,
  };
}

const day = 24 * 3600 * 1000;

/** Why runs of these times are no control for the candidate's latency; undefined where they are of the same night. */
export function notSameNight(
  candidate: string | undefined,
  others: readonly (string | undefined)[],
): string | undefined {
  const at = Date.parse(candidate ?? '');
  const far = others.some((other) => !(Math.abs(Date.parse(other ?? '') - at) <= day));
  return far ? 'the A/A runs are not of the candidate’s night' : undefined;
}
