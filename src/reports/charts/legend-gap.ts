import type { Plugin } from 'chart.js';

const gapPixels = 8;

/** Room between the legend and what is drawn at the very top, which Chart.js has no option for. */
export const legendGap: Plugin = {
  id: 'legend-gap',
  beforeInit: (chart) => {
    // Declared as an element of the layout only; what is used here is how every such element is measured.
    const legend = chart.legend as unknown as { fit: () => void; height: number } | undefined;
    if (legend === undefined) return;
    const fit = legend.fit;
    legend.fit = () => {
      fit.call(legend);
      legend.height += gapPixels;
    };
  },
};
