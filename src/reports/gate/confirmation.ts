/**
 * A second look before red: the tasks on which the two sides differ and as many on which they agree, run again.
 * Running only the failures again would be biased upward; what comes of it replaces no result.
 */
import { seededRandom } from '../../lib/random.ts';
import { exactDropP } from '../../statistics/mcnemar.ts';
import { signFlip } from '../../statistics/sign-flip.ts';
import { scoreDifferences, singleCounts } from './decide-accuracy.ts';
import type { GateConfirmation, GateTaskResult } from './gate-result.ts';
import type { GateSide } from './gate-side.ts';
import { type CountedTask, countedTasks, pairSides, rateOf } from './pair-sides.ts';

export interface ChosenTasks {
  readonly discordant: readonly string[];
  readonly concordant: readonly string[];
}

/** All that differ; of the rest as many, drawn by the seed. */
export function chooseConfirmation(tasks: readonly GateTaskResult[], seed: number): ChosenTasks {
  const counted = countedTasks(tasks).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const differs = ({ baseline, candidate }: CountedTask): boolean => rateOf(baseline) !== rateOf(candidate);
  const discordant = counted.filter(differs).map(({ id }) => id);
  const agreeing = counted.filter((task) => !differs(task)).map(({ id }) => id);
  const random = seededRandom('gate-confirmation', seed);
  const drawn = agreeing.map((id) => ({ id, at: random() })).toSorted((a, b) => a.at - b.at);
  return {
    discordant,
    concordant: drawn
      .slice(0, discordant.length)
      .map(({ id }) => id)
      .sort(),
  };
}

/** The second look's two sides. A kept baseline is the first look's. */
export interface FreshSides {
  readonly chosen: ChosenTasks;
  readonly candidate: GateSide;
  readonly baseline: { readonly kind: 'fresh' | 'kept'; readonly side: GateSide };
}

/** Confirmed where the drop is significant once more, on the fresh pairs alone and at the gate's own alpha. */
export function confirm(
  { chosen, candidate, baseline }: FreshSides,
  { alpha, seed }: { readonly alpha: number; readonly seed: number },
): GateConfirmation {
  const isChosen = new Set([...chosen.discordant, ...chosen.concordant]);
  const tasks = countedTasks(pairSides(baseline.side, candidate, [])).filter(({ id }) => isChosen.has(id));
  const differences = scoreDifferences(tasks);
  const p = dropP(tasks, differences, seed);
  return {
    baseline: baseline.kind,
    runs: [candidate.runId, ...(baseline.kind === 'fresh' ? [baseline.side.runId] : [])],
    discordant: chosen.discordant.length,
    concordant: chosen.concordant.length,
    pairs: tasks.length,
    baselineOnly: differences.filter((difference) => difference < 0).length,
    candidateOnly: differences.filter((difference) => difference > 0).length,
    p,
    confirmed: p <= alpha,
  };
}

function dropP(tasks: readonly CountedTask[], differences: readonly number[], seed: number): number {
  const counts = singleCounts(tasks);
  if (counts !== undefined) return exactDropP({ baselineOnly: counts.onlyB, candidateOnly: counts.onlyA });
  const flipped = signFlip(differences, { seed, alternative: 'less' });
  return flipped.status === 'refused' ? 1 : flipped.value.p;
}
