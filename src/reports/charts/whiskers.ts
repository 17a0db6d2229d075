import type { Plugin } from 'chart.js';

export interface Whisker {
  readonly x: number;
  readonly y: number;
  readonly xRange?: { readonly low: number; readonly high: number };
  readonly yRange?: { readonly low: number; readonly high: number };
  readonly colour: string;
}

const capPixels = 4;

/** Lines from a point to the ends of its intervals, with caps; Chart.js has none of its own. */
export function whiskersPlugin(whiskers: readonly Whisker[]): Plugin {
  return {
    id: 'whiskers',
    beforeDatasetsDraw: ({ ctx, chartArea, scales: { x: xScale, y: yScale } }) => {
      if (xScale === undefined || yScale === undefined) return;
      const line = (fromX: number, fromY: number, toX: number, toY: number): void => {
        ctx.moveTo(fromX, fromY);
        ctx.lineTo(toX, toY);
      };
      ctx.save();
      ctx.beginPath();
      // With room for the caps of what stands on the edge.
      const [left, top] = [chartArea.left - capPixels, chartArea.top - capPixels];
      ctx.rect(left, top, chartArea.width + 2 * capPixels, chartArea.height + 2 * capPixels);
      ctx.clip();
      for (const { x, y, xRange, yRange, colour } of whiskers) {
        const [atX, atY] = [xScale.getPixelForValue(x), yScale.getPixelForValue(y)];
        ctx.strokeStyle = colour;
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        if (xRange !== undefined) {
          const [low, high] = [xScale.getPixelForValue(xRange.low), xScale.getPixelForValue(xRange.high)];
          line(low, atY, high, atY);
          for (const end of [low, high]) line(end, atY - capPixels, end, atY + capPixels);
        }
        if (yRange !== undefined) {
          const [low, high] = [yScale.getPixelForValue(yRange.low), yScale.getPixelForValue(yRange.high)];
          line(atX, low, atX, high);
          for (const end of [low, high]) line(atX - capPixels, end, atX + capPixels, end);
        }
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}
