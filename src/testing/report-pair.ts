import { refusal } from '../reports/figures.ts';
import type { PairReport } from '../reports/report-document.ts';
import { estimated } from './report-figures.ts';

/** What a report says of two arms, the second of which is so many times faster. */
export function pairOf(
  a: string,
  b: string,
  { tasks, faster }: { readonly tasks: number; readonly faster: number },
  hostile: string,
): PairReport {
  return {
    a,
    b,
    tasks,
    tasksLeftOut: 0,
    intervalMethod: 'bootstrap over tasks',
    signFlipP: estimated(0.41, tasks),
    both: Math.round(tasks * 0.5),
    onlyA: Math.round(tasks * 0.1),
    onlyB: Math.round(tasks * 0.25),
    neither: Math.round(tasks * 0.15),
    difference: estimated(-0.139, tasks, 0.2),
    standardErrorPaired: estimated(0.102, tasks),
    clusters: {
      name: `repository${hostile}`,
      count: 5,
      standardError: estimated(0.117, 5),
      p: estimated(0.3, 5),
      interval: estimated(-0.139, 5, 0.24),
    },
    tango: { low: -0.35, high: 0.09 },
    newcombe: { low: -0.34, high: 0.08 },
    bootstrap: { low: -0.33, high: 0.06 },
    mcnemarExact: estimated(0.625, tasks),
    mcnemarMidP: estimated(0.453, tasks),
    separated: false,
    timeRatio: estimated(faster, 6, faster / 5),
    speedUpAtEqualAccuracy: [
      { share: 0.2, ratio: estimated(faster * 1.2, tasks, faster * 0.3) },
      { share: 0.4, ratio: estimated(faster, tasks, faster * 0.25) },
      { share: 0.6, ratio: estimated(faster * 0.6, tasks, faster * 0.3) },
      { share: 0.75, ratio: refusal(`not reached by ${b}${hostile}`, tasks) },
    ],
    crossoverSeconds: estimated(412, tasks),
    sentences: [
      `For these 5 repositories the difference of 13.9 points is not separated from none.${hostile}`,
    ],
  };
}
