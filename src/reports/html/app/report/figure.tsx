import type { Format } from '../../../figure-text.ts';
import type { Figure } from '../../../report-document.ts';

interface Properties {
  readonly figure: Figure;
  readonly format: Format;
  /** The number it rests on, where the reader cannot know it. */
  readonly showsN?: boolean;
}

/** A figure with its interval; one that was refused says why. */
export function FigureText({ figure, format, showsN = false }: Properties) {
  if (figure.status === 'refused') return <span class="refused">{figure.reason}</span>;
  const { interval, value, n } = figure;
  return (
    <span>
      <span class="value">{format(value)}</span>
      {interval !== undefined && (
        <span class="interval">
          {' '}
          {format(interval.low)} … {format(interval.high)}
        </span>
      )}
      {showsN && <span class="interval"> n = {n}</span>}
    </span>
  );
}
