import type { Interval } from '../statistics/interval.ts';
import type { Figure } from './report-document.ts';

/** Pieces of the sentences that a report says. */

/** `+7.4 points`; whole points where tasks are so few that a tenth says nothing. */
export function pointsOf(share: number, tasks: number): string {
  return `${signed(share, tasks)} ${Math.abs(share * 100).toFixed(digitsFor(tasks)) === '1' ? 'point' : 'points'}`;
}

/** `[+3.9, +10.9]` */
export function pointsInterval({ low, high }: Interval, tasks: number): string {
  return `[${signed(low, tasks)}, ${signed(high, tasks)}]`;
}

function signed(share: number, tasks: number): string {
  const text = (share * 100).toFixed(digitsFor(tasks));
  return Number(text) > 0 ? `+${text}` : text.replace(/^-(0(?:\.0)?)$/, '$1');
}

function digitsFor(tasks: number): number {
  return tasks < 100 ? 0 : 1;
}

export function percentOf(share: number, n: number): string {
  return `${(share * 100).toFixed(n < 100 ? 0 : 1)} %`;
}

/** 0.0162, 4.65e-5 */
export function pText(p: number): string {
  return p < 0.001 ? p.toExponential(2) : p.toPrecision(p < 0.01 ? 2 : 3);
}

export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** 6.1 times; whole from ten on. */
export function timesText(ratio: number): string {
  return `${ratio >= 10 ? Math.round(ratio) : Number(ratio.toFixed(ratio < 1.1 ? 2 : 1))} times`;
}

export function valueIn(figure: Figure): number | undefined {
  return figure.status === 'estimated' ? figure.value : undefined;
}

export function intervalIn(figure: Figure): Interval | undefined {
  return figure.status === 'estimated' ? figure.interval : undefined;
}
