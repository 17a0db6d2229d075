import { exactRule } from '../../src/reports/gate/accuracy-rule.ts';
import { chancesOf, smallestFailingDrop, worstSize } from '../../src/reports/gate/rule-strength.ts';
import { chanceOfAlarm } from '../../src/statistics/false-alarms.ts';

const sizes = [50, 100, 200, 300, 500, 731];
const margin = 0.05;

/** The table of docs/ci.md: what a gate of so many tasks sees, at the default margin. */
export function powerTable(): string[] {
  return [
    '| tasks | flips | smallest drop, alpha .005 | healthy passes | smallest drop, alpha .05 | healthy passes |',
    '|---|---|---|---|---|---|',
    ...sizes.flatMap((tasks) => [0.02, 0.1].map((flipRate) => rowOf(tasks, flipRate))),
  ];
}

function rowOf(tasks: number, flipRate: number): string {
  const cells = [0.005, 0.05].flatMap((alpha) => {
    const rule = exactRule({ margin, alpha });
    const drop = smallestFailingDrop(tasks, flipRate, rule);
    return [
      drop.status === 'refused' ? 'none' : percent(drop.value),
      percent(chancesOf(tasks, flipRate, 0, rule).pass),
    ];
  });
  return `| ${[tasks, percent(flipRate), ...cells].join(' | ')} |`;
}

/** The other table of docs/ci.md: chances of a false red in 30 nights, by the largest size over all flip rates. */
export function alarmTable(): string[] {
  return [
    '| tasks | alpha .005 | alpha .05 | alpha .05, both sides confirmed |',
    '|---|---|---|---|',
    ...[100, 300, 731].map((tasks) => {
      const size = (alpha: number): number => worstSize(tasks, exactRule({ margin, alpha }));
      const alarms = [size(0.005), size(0.05), size(0.05) * 0.05].map((chance) =>
        percent(chanceOfAlarm(chance, 30)),
      );
      return `| ${[tasks, ...alarms].join(' | ')} |`;
    }),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
