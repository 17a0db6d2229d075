import type { ComponentChildren } from 'preact';
import { chanceText, percentText, pointsText, ratioText, secondsText } from '../../../figure-text.ts';
import type { PairReport, ReportDocument } from '../../../report-document.ts';
import { Scroll } from '../scroll.tsx';
import { FigureText } from './figure.tsx';

type Range = { readonly low: number; readonly high: number };

const rows: readonly { readonly name: string; readonly cell: (pair: PairReport) => ComponentChildren }[] = [
  {
    name: 'tasks with a verdict in both; left out',
    cell: ({ tasks, tasksLeftOut }) => `${tasks}; ${tasksLeftOut}`,
  },
  {
    name: 'solved by both; first only, second only; neither',
    cell: ({ both, onlyA, onlyB, neither }) => `${both}; ${onlyA}, ${onlyB}; ${neither}`,
  },
  {
    name: 'difference of accuracy (second − first)',
    cell: ({ difference, intervalMethod }) => (
      <>
        <FigureText figure={difference} format={pointsText} />
        <span class="interval"> {intervalMethod}</span>
      </>
    ),
  },
  { name: 'separated', cell: ({ separated }) => (separated ? 'yes' : 'no') },
  {
    name: 'standard error, paired',
    cell: ({ standardErrorPaired }) => <FigureText figure={standardErrorPaired} format={percentText} />,
  },
  { name: 'difference for other groups of tasks', cell: clusterText },
  { name: 'Tango', cell: ({ tango }) => rangeText(tango) },
  { name: 'Newcombe', cell: ({ newcombe }) => rangeText(newcombe) },
  { name: 'bootstrap', cell: ({ bootstrap }) => rangeText(bootstrap) },
  {
    name: 'McNemar, exact: p',
    cell: ({ mcnemarExact }) => <FigureText figure={mcnemarExact} format={chanceText} />,
  },
  {
    name: 'McNemar, mid-p',
    cell: ({ mcnemarMidP }) => <FigureText figure={mcnemarMidP} format={chanceText} />,
  },
  {
    name: 'sign flips by task: p',
    cell: ({ signFlipP }) => <FigureText figure={signFlipP} format={chanceText} />,
  },
  {
    name: 'p, corrected for the number of pairs (Holm)',
    cell: ({ correctedP }) => (correctedP === undefined ? '–' : chanceText(correctedP)),
  },
  {
    name: 'time, first / second, where both solved',
    cell: ({ timeRatio }) => <FigureText figure={timeRatio} format={ratioText} showsN />,
  },
  {
    name: 'the curves cross at',
    cell: ({ crossoverSeconds }) => <FigureText figure={crossoverSeconds} format={secondsText} />,
  },
];

export function Pairs({ report: { pairs, tieGroups } }: { readonly report: ReportDocument }) {
  if (pairs.length === 0) return null;
  const nameOf = ({ a, b }: PairReport): string => `${a} → ${b}`;
  return (
    <section aria-labelledby="pairs">
      <h2 id="pairs" tabIndex={-1}>
        Pairs
      </h2>
      {pairs.flatMap((pair) =>
        pair.sentences.map((sentence, at) => (
          <p key={`${nameOf(pair)}${at}`}>
            <strong>{nameOf(pair)}:</strong> {sentence}
          </p>
        )),
      )}
      <Scroll label="Pairs of arms">
        <table class="figures">
          <thead>
            <tr>
              <td />
              {pairs.map((pair) => (
                <th key={nameOf(pair)} scope="col">
                  {nameOf(pair)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cell }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {pairs.map((pair) => (
                  <td key={nameOf(pair)}>{cell(pair)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {tieGroups.length > 0 && (
        <>
          <h3>Not separated from each other, best first</h3>
          <ol>
            {tieGroups.map((group) => (
              <li key={group.join()}>{group.join(', ')}</li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function clusterText({ clusters }: PairReport): ComponentChildren {
  if (clusters === undefined) return '–';
  return (
    <>
      <FigureText figure={clusters.interval} format={pointsText} />
      <span class="interval">
        {' '}
        {clusters.count} {clusters.name}
      </span>
    </>
  );
}

function rangeText(range: Range | undefined): string {
  return range === undefined ? '–' : `${pointsText(range.low)} … ${pointsText(range.high)}`;
}
