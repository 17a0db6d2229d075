/**
 * What a one-sided exact McNemar test of a nightly run can see. `flipRate` is the share of tasks that flip between two
 * identical runs, half each way; a true drop is added to the tasks that only the baseline resolves.
 */
import { binomialPmf, binomialUpperTail } from './distributions.ts';
import { type Estimate, estimated, refused } from './estimate.ts';
import { criticalCounts } from './mcnemar.ts';

export interface DropDesign {
  readonly tasks: number;
  readonly flipRate: number;
  readonly alpha: number;
}

/** Power at a true drop, summed over the binomial number of discordant tasks; at drop 0 the test's true size. */
export function dropPower(design: DropDesign, drop: number): Estimate<number> {
  if (design.tasks < 1) return refused('no task');
  if (design.flipRate + drop > 1) return refused('flips and drop together exceed all tasks');
  return estimated(powerWith(criticalCounts(design.tasks, design.alpha), design, drop));
}

const steps = 30;

/** The smallest true drop that is seen with the given power, by bisection. */
export function smallestDetectableDrop(design: DropDesign, power = 0.8): Estimate<number> {
  if (design.tasks < 1) return refused('no task');
  const critical = criticalCounts(design.tasks, design.alpha);
  let low = 0;
  let high = 1 - design.flipRate;
  if (powerWith(critical, design, high) < power) {
    return refused(`no drop is seen with power ${power} by ${design.tasks} tasks`);
  }
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2;
    if (powerWith(critical, design, middle) < power) low = middle;
    else high = middle;
  }
  return estimated(high);
}

function powerWith(critical: Int32Array, { tasks, flipRate }: DropDesign, drop: number): number {
  const discordantRate = flipRate + drop;
  if (discordantRate === 0) return 0;
  const baselineShare = (flipRate / 2 + drop) / discordantRate;
  let power = 0;
  for (let discordant = 1; discordant <= tasks; discordant++) {
    const chance = binomialPmf(discordant, tasks, discordantRate);
    if (chance < 1e-14) continue;
    power += chance * binomialUpperTail(critical[discordant] ?? tasks + 1, discordant, baselineShare);
  }
  return power;
}
