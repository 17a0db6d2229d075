export interface Interval {
  readonly low: number;
  readonly high: number;
}

export function around(centre: number, spread: number): Interval {
  return { low: centre - spread, high: centre + spread };
}

export function clip({ low, high }: Interval, least: number, most: number): Interval {
  return { low: Math.max(least, low), high: Math.min(most, high) };
}
