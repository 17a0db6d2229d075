import type { Figure } from './report-document.ts';

/** Texts of figures, the same in charts and in the HTML; nothing here needs Node. */
export type Format = (value: number) => string;

export const percentText: Format = (share) => `${trimmed(share * 100, 1)}\u00a0%`;
/** A difference of shares. */
export const pointsText: Format = (share) =>
  `${share > 0 ? '+' : ''}${trimmed(share * 100, 1).replace('-', '−')}\u00a0points`;
export const usdText: Format = (usd) => `$${usd.toFixed(Math.abs(usd) < 0.1 ? 4 : 2)}`;
export const ratioText: Format = (ratio) => `${significant(ratio)}\u00a0×`;
export const rateText: Format = (rate) => `${significant(rate)}\u00a0tokens/s`;
export const countText: Format = (count) => significant(count);
export const wholeText: Format = (count) => Math.round(count).toLocaleString('en-US');
/** A p-value. */
export const chanceText: Format = (p) => (p < 0.0001 ? '< 0.0001' : p.toPrecision(2));

export function secondsText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)}\u00a0ms`;
  if (seconds < 100) return `${trimmed(seconds, 1)}\u00a0s`;
  if (seconds < 5940) return `${trimmed(seconds / 60, 1)}\u00a0min`;
  return `${trimmed(seconds / 3600, 1)}\u00a0h`;
}

export const millisecondsText: Format = (ms) =>
  ms < 10 ? `${trimmed(ms, 2)}\u00a0ms` : ms < 10_000 ? `${Math.round(ms)}\u00a0ms` : secondsText(ms / 1000);

/** The value with its interval; a refused figure is a dash, whose reason stands beside it. */
export function figureText(figure: Figure, format: Format): string {
  if (figure.status === 'refused') return '–';
  const { value, interval } = figure;
  return interval === undefined
    ? format(value)
    : `${format(value)} (${format(interval.low)} … ${format(interval.high)})`;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0+$/, '');
}

function significant(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return trimmed(value, Math.abs(value) >= 10 ? 1 : 2);
}
