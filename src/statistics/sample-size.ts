/**
 * How many tasks, by the normal approximation: for planning and for the rough column of a table. Figures are not
 * rounded; round a number of tasks up. Exact powers of the gate's test are in drop-power.ts.
 */
import { normalQuantile } from './distributions.ts';

export interface TestStrength {
  readonly alpha: number;
  readonly sides: 1 | 2;
  readonly power: number;
}

const usual: TestStrength = { alpha: 0.05, sides: 2, power: 0.8 };

function zSum({ alpha, sides, power }: TestStrength): number {
  return normalQuantile(1 - alpha / sides) + normalQuantile(power);
}

export interface MeanDesign {
  /** Difference of the means that is to be seen. */
  readonly difference: number;
  /** Variance of the true differences between tasks. */
  readonly betweenTasks: number;
  /** Variance of one arm's repeats within a task, divided by its number of repeats. */
  readonly noiseA: number;
  readonly noiseB: number;
}

/** n = (z_a/2 + z_b)^2 (w^2 + s_A^2 / K_A + s_B^2 / K_B) / delta^2 (Miller 2024, arXiv 2411.00640, section 5). */
export function tasksForDifference(design: MeanDesign, strength = usual): number {
  const variance = design.betweenTasks + design.noiseA + design.noiseB;
  return (zSum(strength) ** 2 * variance) / design.difference ** 2;
}

/** Var(K) / Var(1) = (1 + 2 / K) / 3: what K repeats leave of the variance when difficulties are uniform (same source). */
export function varianceLeftByRepeats(repeats: number): number {
  return (1 + 2 / repeats) / 3;
}

/**
 * Pairs that show a drop: (z_a + z_b)^2 (pi_d - delta^2) / delta^2 with pi_d the share of discordant tasks
 * (normal approximation of McNemar's test). Too kind below some 200 tasks.
 */
export function pairsForDrop(discordant: number, drop: number, strength = usual): number {
  return (zSum(strength) ** 2 * (discordant - drop ** 2)) / drop ** 2;
}

/** Pairs that show "not worse by the margin" when the arms are alike: one-sided. */
export function pairsForNonInferiority(
  discordant: number,
  margin: number,
  strength: TestStrength = { ...usual, sides: 1 },
): number {
  return (zSum(strength) ** 2 * discordant) / margin ** 2;
}

/** 1 + (m - 1) icc: what clusters of m tasks with this intra-cluster correlation do to the variance (Kish 1965). */
export function designEffect(icc: number, clusterSize: number): number {
  return 1 + (clusterSize - 1) * icc;
}

export interface PairedDesign {
  readonly tasks: number;
  readonly rateA: number;
  readonly rateB: number;
  /** Correlation of the arms' results by task. */
  readonly correlation: number;
  readonly designEffect?: number;
}

/** (z_a/2 + z_b) sd / sqrt(n / deff): the difference of two paired rates that this many tasks would show. */
export function detectableDifference(design: PairedDesign, strength = usual): number {
  const a = design.rateA * (1 - design.rateA);
  const b = design.rateB * (1 - design.rateB);
  const variance = a + b - 2 * design.correlation * Math.sqrt(a * b);
  return zSum(strength) * Math.sqrt((variance * (design.designEffect ?? 1)) / design.tasks);
}
