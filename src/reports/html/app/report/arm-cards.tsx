import { type ChartTheme, seriesStyle } from '../../../charts/chart-theme.ts';
import { millisecondsText, percentText, secondsText, usdText } from '../../../figure-text.ts';
import type { ArmReport } from '../../../report-document.ts';
import { wayText } from '../../../way-text.ts';
import { FigureText } from './figure.tsx';

interface Properties {
  readonly arms: readonly ArmReport[];
  readonly theme: ChartTheme;
}

/** The few figures that most readers come for. */
export function ArmCards({ arms, theme }: Properties) {
  return (
    <ul class="cards">
      {arms.map((arm, at) => (
        <li key={arm.key} class="card" style={{ borderTopColor: seriesStyle(theme, at).colour }}>
          <h3>{arm.key}</h3>
          <p class="card-name">
            {[arm.name, arm.modelName, arm.simulated ? 'simulated' : undefined, importedText(arm)]
              .filter((part) => part !== undefined && part !== arm.key)
              .join(' · ')}
          </p>
          <p class="headline">
            {arm.accuracy.status === 'estimated' ? (
              percentText(arm.accuracy.value)
            ) : (
              <span class="refused">{arm.accuracy.reason}</span>
            )}
            <span class="interval">
              {' '}
              {arm.resolved} of {arm.judged} resolved
            </span>
          </p>
          <dl>
            <dt>working time, median</dt>
            <dd>
              <FigureText figure={arm.timeToAnswer.p50} format={secondsText} />
            </dd>
            {arm.latency.map((row) => (
              <LatencyLine key={wayText(row)} row={row} isOnly={arm.latency.length === 1} />
            ))}
            <dt>per solved task</dt>
            <dd>
              <FigureText figure={arm.costUsd.perSolve} format={usdText} />
            </dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}

function LatencyLine({
  row,
  isOnly,
}: {
  readonly row: ArmReport['latency'][number];
  readonly isOnly: boolean;
}) {
  return (
    <>
      <dt>TTFT p50{isOnly ? '' : `, ${wayText(row)}`}</dt>
      <dd>
        {row.notMeasured === undefined ? (
          <FigureText figure={row.ttftMs.p50} format={millisecondsText} />
        ) : (
          <span class="refused">{row.notMeasured}</span>
        )}
      </dd>
    </>
  );
}

function importedText({ importedFrom }: ArmReport): string | undefined {
  return importedFrom === undefined ? undefined : `imported from ${importedFrom}`;
}
