/** Round ranges and ticks: Chart.js rounds in tens, which reads badly for minutes and for narrow logarithms. */
export interface ScaleRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly ticks: readonly number[];
  readonly text?: (value: number) => string;
}

const timeSteps = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30],
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * 60),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].map((hours) => hours * 3600),
];
const mostTicks = 8;

/** From 0 to a little beyond the longest time, in seconds, with one unit on the whole axis. */
export function timeRange(longest: number): ScaleRange {
  const goal = longest > 0 ? longest * 1.03 : 1;
  const step = timeSteps.find((candidate) => goal / candidate <= mostTicks) ?? goal / mostTicks;
  const count = Math.ceil(goal / step);
  const ticks = Array.from({ length: count + 1 }, (_, at) => at * step);
  const maximum = count * step;
  const [unit, divisor] = unitOf(maximum, step);
  return {
    minimum: 0,
    maximum,
    ticks,
    text: (seconds) => (seconds === 0 ? '0' : `${round(seconds / divisor)} ${unit}`),
  };
}

function unitOf(maximum: number, step: number): [string, number] {
  if (maximum <= 1) return ['ms', 0.001];
  if (step < 60) return ['s', 1];
  return step < 1800 ? ['min', 60] : ['h', 3600];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

/** Around the values, with ticks at 1, 2 and 5 of each decade, more of them where it is narrow. */
export function logRange(values: readonly number[]): ScaleRange {
  const positive = values.filter((value) => value > 0);
  const low = positive.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = positive.reduce((most, value) => Math.max(most, value), 0);
  if (high === 0) return { minimum: 0.1, maximum: 10, ticks: [0.1, 1, 10] };
  const decades = Math.log10(high / low);
  const mantissas = decades > 4 ? [1] : decades > 0.9 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const candidates = decadesAround(low, high).flatMap((decade) =>
    mantissas.map((mantissa) => round(mantissa * 10 ** decade)),
  );
  const minimum = candidates.findLast((tick) => tick < low) ?? low;
  const maximum = candidates.find((tick) => tick > high) ?? high;
  return { minimum, maximum, ticks: candidates.filter((tick) => tick >= minimum && tick <= maximum) };
}

function decadesAround(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low)) - 1;
  const last = Math.ceil(Math.log10(high)) + 1;
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Whole numbers from 1, about a dozen of them. */
export function countRange(last: number): ScaleRange {
  const step = Math.max(1, Math.ceil(last / 12));
  const ticks = Array.from({ length: Math.floor((last - 1) / step) + 1 }, (_, at) => 1 + at * step);
  return { minimum: 0, maximum: last + 1, ticks };
}

export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
