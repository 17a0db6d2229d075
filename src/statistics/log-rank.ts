import { chiSquaredUpperTail } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import { eventTimes, type SurvivalTime } from './kaplan-meier.ts';
import { sum } from './mean.ts';
import { solveLinear } from './solve-linear.ts';

export interface LogRank {
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
}

/**
 * The log-rank test of independent groups (Mantel 1966). Not for arms on the same tasks, nor for curves that cross,
 * which is what a fast and a deep model do: bootstrap by task there.
 */
export function logRank(...groups: readonly (readonly SurvivalTime[])[]): Estimate<LogRank> {
  if (groups.length < 2) return refused('one group');
  if (groups.some((group) => group.length === 0)) return refused('a group without an observation');
  // The last group's distance follows from the others'.
  const { distances, covariance } = observedAndExpected(groups.slice(0, -1), eventTimes(groups.flat()));
  const weights = solveLinear(covariance, distances);
  if (weights === undefined) return refused('no event while the groups were at risk together');
  const chiSquared = sum(distances.map((distance, i) => distance * (weights[i] ?? 0)));
  const degreesOfFreedom = distances.length;
  return estimated({ chiSquared, degreesOfFreedom, p: chiSquaredUpperTail(chiSquared, degreesOfFreedom) });
}

/** By group, events seen less those expected, and the hypergeometric covariance of these. */
function observedAndExpected(
  groups: readonly (readonly SurvivalTime[])[],
  times: ReturnType<typeof eventTimes>,
): { distances: number[]; covariance: number[][] } {
  const distances = groups.map(() => 0);
  const covariance = groups.map(() => groups.map(() => 0));
  for (const { time, atRisk, events } of times) {
    const shares = groups.map((group) => group.filter((one) => one.time >= time).length / atRisk);
    const scale = atRisk > 1 ? (events * (atRisk - events)) / (atRisk - 1) : 0;
    for (const [i, share] of shares.entries()) {
      const seen = groups[i]?.filter((one) => one.event && one.time === time).length ?? 0;
      distances[i] = (distances[i] ?? 0) + seen - events * share;
      const row = covariance[i] ?? [];
      for (const [j, other] of shares.entries()) {
        row[j] = (row[j] ?? 0) + scale * share * ((i === j ? 1 : 0) - other);
      }
    }
  }
  return { distances, covariance };
}
