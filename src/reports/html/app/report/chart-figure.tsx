import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChartSpec } from '../../../charts/chart-spec.ts';
import type { ChartTheme } from '../../../charts/chart-theme.ts';
import { Scroll } from '../scroll.tsx';

Chart.register(
  LineController,
  BarController,
  LineElement,
  PointElement,
  BarElement,
  LinearScale,
  LogarithmicScale,
  CategoryScale,
  Filler,
  Legend,
  Tooltip,
);

interface Properties {
  readonly spec: ChartSpec;
  readonly theme: ChartTheme;
  readonly isPrinting: boolean;
}

/** Fits a sheet of paper; what is printed must not wait for a change of size. */
const printed = { width: 660, height: 390 };

/** A chart with its caption and, for who cannot see it, its figures as a table. */
export function ChartFigure({ spec, theme, isPrinting }: Properties) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isNear = useIsNear(canvas) || isPrinting;
  useLayoutEffect(() => {
    if (canvas.current === null || !isNear) return;
    const config = spec.config(theme);
    if (isPrinting) Object.assign(canvas.current, printed);
    const options = { ...config.options, ...(isPrinting ? { responsive: false, devicePixelRatio: 2 } : {}) };
    const chart = new Chart(canvas.current, { ...config, options });
    return () => chart.destroy();
  }, [spec, theme, isNear, isPrinting]);
  return (
    <figure id={`chart-${spec.name}`}>
      <h3>{spec.title}</h3>
      <p class="chart-caption">{spec.caption}</p>
      <div class="canvas-box">
        <canvas
          key={String(isPrinting)}
          ref={canvas}
          role="img"
          aria-label={`${spec.title}. ${spec.description}`}
        />
      </div>
      <figcaption>{spec.description}</figcaption>
      <ChartTable spec={spec} />
    </figure>
  );
}

function ChartTable({ spec: { title, table } }: { readonly spec: ChartSpec }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title} as a table{table.note === undefined ? '' : ` (${table.note})`}
      </summary>
      {isOpen && (
        <Scroll label={`${title} as a table`}>
          <table class="figures">
            <thead>
              <tr>
                {table.head.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, column) => (
                    <td key={column}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </details>
  );
}

/** Charts are drawn when they come near the window: the first look at a large report does not wait for all. */
function useIsNear(element: RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setNear(true);
        observer.disconnect();
      },
      { rootMargin: '400px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return isNear;
}
