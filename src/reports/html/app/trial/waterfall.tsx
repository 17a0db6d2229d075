import type { ChartTheme } from '../../../charts/chart-theme.ts';
import { secondsText } from '../../../figure-text.ts';
import type { TrialPage } from '../../../report-document.ts';
import { Scroll } from '../scroll.tsx';

type Bar = TrialPage['waterfall'][number];

interface Properties {
  readonly bars: readonly Bar[];
  readonly colours: ChartTheme;
}

/** Requests and commands one below the other, on one axis of time; a table, so that it can be read without bars. */
export function Waterfall({ bars, colours }: Properties) {
  if (bars.length === 0) return <p>No request and no command was recorded.</p>;
  const end = bars.reduce((latest, bar) => Math.max(latest, bar.end), 0) || 1;
  const parts = [...new Set(bars.map(({ part }) => part))];
  const hasMarks = bars.some(({ firstToken }) => firstToken !== undefined);
  return (
    <Scroll label="Requests and commands in time">
      <p class="waterfall-legend">
        {parts.map((part) => (
          <span key={part}>
            <span class="swatch" aria-hidden="true" style={{ background: colourOf(part, colours) }} />
            {part}
          </span>
        ))}
        {hasMarks && (
          <span>
            <span class="token-mark sample" aria-hidden="true" /> first token; before it the model waits
          </span>
        )}
      </p>
      <table class="waterfall">
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col" class="number">
              start
            </th>
            <th scope="col" class="number">
              took
            </th>
            <th scope="col" class="number">
              first token
            </th>
            <td aria-hidden="true" class="axis">
              <span>0</span>
              <span>{secondsText(end / 2)}</span>
              <span>{secondsText(end)}</span>
            </td>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar, at) => (
            <WaterfallLine key={at} bar={bar} end={end} colours={colours} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function WaterfallLine({
  bar,
  end,
  colours,
}: {
  readonly bar: Bar;
  readonly end: number;
  readonly colours: ChartTheme;
}) {
  const { part, name, start, end: stop, firstToken, details } = bar;
  const left = (seconds: number): string => `${(seconds / end) * 100}%`;
  return (
    <tr>
      <th scope="row" title={details}>
        <span class="bar-part">{part}</span> {name}
      </th>
      <td class="number">{secondsText(start)}</td>
      <td class="number">{secondsText(stop - start)}</td>
      <td class="number">{firstToken === undefined ? '' : secondsText(firstToken - start)}</td>
      <td class="bar-cell" aria-hidden="true">
        <span
          class="bar"
          title={details}
          style={{ left: left(start), width: left(stop - start), background: colourOf(part, colours) }}
        />
        {firstToken !== undefined && (
          <>
            <span class="bar-wait" style={{ left: left(start), width: left(firstToken - start) }} />
            <span class="token-mark" style={{ left: left(firstToken) }} />
          </>
        )}
      </td>
    </tr>
  );
}

function colourOf(part: string, colours: ChartTheme): string {
  return colours.ledger[part] ?? colours.ledger['model.decode'] ?? colours.faint;
}
