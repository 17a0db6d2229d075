import { type AccuracyComparison, type CompareOptions, compareAccuracy } from './compare-accuracy.ts';
import { comparePairedTimes, compareSpeed, costOfSide, type SpeedComparison } from './compare-speed.ts';
import type { CostPerSolve } from './cost-per-solve.ts';
import type { Estimate } from './estimate.ts';
import type { GeometricRatio } from './geometric-ratio.ts';
import { type Pairing, pairTasks, type TaskAttempts } from './pair-tasks.ts';

/** Two arms on the tasks that both tried: every figure with what it rests on, or why it is not given. */
export interface ArmComparison {
  readonly pairing: Pairing;
  readonly accuracy: Estimate<AccuracyComparison>;
  readonly speed: Estimate<SpeedComparison>;
  readonly pairedTimes: Estimate<GeometricRatio>;
  readonly costPerSolve: { readonly a: Estimate<CostPerSolve>; readonly b: Estimate<CostPerSolve> };
}

/** Differences are A - B, ratios A / B, speed-ups "A is so many times faster". */
export function compareArms(
  a: readonly TaskAttempts[],
  b: readonly TaskAttempts[],
  options: CompareOptions,
): ArmComparison {
  const pairing = pairTasks(a, b);
  const { tasks } = pairing;
  return {
    pairing,
    accuracy: compareAccuracy(tasks, options),
    speed: compareSpeed(tasks, options),
    pairedTimes: comparePairedTimes(tasks, options.level),
    costPerSolve: {
      a: costOfSide(
        tasks.map((task) => task.a),
        options.level,
      ),
      b: costOfSide(
        tasks.map((task) => task.b),
        options.level,
      ),
    },
  };
}
