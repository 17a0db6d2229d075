import type { ComponentChildren } from 'preact';
import {
  countText,
  type Format,
  millisecondsText,
  percentText,
  rateText,
  secondsText,
  usdText,
  wholeText,
} from '../../../figure-text.ts';
import type { ArmReport, Figure } from '../../../report-document.ts';
import { wayText } from '../../../way-text.ts';
import { Scroll } from '../scroll.tsx';
import { FigureText } from './figure.tsx';

interface Row {
  readonly name: string;
  readonly cell: (arm: ArmReport) => ComponentChildren;
}

type Latency = ArmReport['latency'][number];

function figureRow(name: string, of: (arm: ArmReport) => Figure, format: Format): Row {
  return { name, cell: (arm) => <FigureText figure={of(arm)} format={format} /> };
}

const groups = (arms: readonly ArmReport[]): [string, Row[]][] => [
  ['Accuracy', accuracyRows(arms)],
  ['Time', timeRows],
  ...transports(arms).map((way): [string, Row[]] => [`Latency, ${way}`, latencyRows(way)]),
  ['Cost', costRows],
  ['Working style, means', styleRows],
];

/** Every figure, a column an arm. */
export function ArmTable({ arms }: { readonly arms: readonly ArmReport[] }) {
  return (
    <Scroll label="All figures by arm">
      <table class="figures">
        <thead>
          <tr>
            <td />
            {arms.map(({ key }) => (
              <th key={key} scope="col">
                {key}
              </th>
            ))}
          </tr>
        </thead>
        {groups(arms).map(([group, rows]) => (
          <tbody key={group}>
            <tr class="group">
              <th colSpan={arms.length + 1} scope="rowgroup">
                {group}
              </th>
            </tr>
            {rows.map(({ name, cell }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {arms.map((arm) => (
                  <td key={arm.key}>{cell(arm)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Scroll>
  );
}

function accuracyRows(arms: readonly ArmReport[]): Row[] {
  const ks = [...new Set(arms.flatMap(({ passAtK }) => passAtK.map(({ k }) => k)))];
  const atK = (arm: ArmReport, k: number) => arm.passAtK.find((row) => row.k === k);
  return [
    { name: 'resolved / judged', cell: (arm) => `${arm.resolved} / ${arm.judged}` },
    figureRow('accuracy', ({ accuracy }) => accuracy, percentText),
    {
      name: 'if the unjudged failed … solved',
      cell: ({ bracket }) => `${percentText(bracket.low)} … ${percentText(bracket.high)}`,
    },
    {
      name: 'planned; errored, cancelled, missing',
      cell: (arm) => `${arm.planned}; ${arm.errored}, ${arm.cancelled}, ${arm.missing}`,
    },
    ...ks.flatMap((k): Row[] => [
      { name: `pass@${k}: at least one of ${k}`, cell: (arm) => figureOrDash(atK(arm, k)?.passAtK) },
      { name: `pass^${k}: all of ${k}`, cell: (arm) => figureOrDash(atK(arm, k)?.passHatK) },
    ]),
  ];
}

function figureOrDash(figure: Figure | undefined): ComponentChildren {
  return figure === undefined ? '–' : <FigureText figure={figure} format={percentText} />;
}

const timeRows: Row[] = [
  figureRow('working time, median', ({ timeToAnswer }) => timeToAnswer.p50, secondsText),
  figureRow('working time, p90', ({ timeToAnswer }) => timeToAnswer.p90, secondsText),
  figureRow('working time, mean', ({ timeToAnswer }) => timeToAnswer.mean, secondsText),
  figureRow('time to solve, median', ({ timeToSolve }) => timeToSolve.p50, secondsText),
];

const costRows: Row[] = [
  {
    name: 'total',
    cell: ({ costUsd: { total, note } }) => (
      <>
        {total === undefined ? '–' : usdText(total)}
        {note !== undefined && <span class="interval"> {note}</span>}
      </>
    ),
  },
  figureRow('per solved task', ({ costUsd }) => costUsd.perSolve, usdText),
  {
    name: 'tokens: input (cached), output',
    cell: ({ tokens }) =>
      `${wholeText(tokens.input)} (${wholeText(tokens.cachedInput)}), ${wholeText(tokens.output)}${tokens.estimated ? ', some estimated' : ''}`,
  },
];

const styleRows: Row[] = [
  figureRow('files changed', ({ style }) => style.filesChanged, countText),
  figureRow('lines changed', ({ style }) => style.linesChanged, countText),
  figureRow('lines beyond the reference', ({ style }) => style.linesBeyondReference, countText),
  figureRow('tool calls', ({ style }) => style.toolCalls, countText),
  figureRow('test commands nobody asked for', ({ style }) => style.testCommandsUnasked, countText),
  figureRow('time before the first edit', ({ style }) => style.secondsToFirstEdit, secondsText),
];

function transports(arms: readonly ArmReport[]): string[] {
  return [...new Set(arms.flatMap(({ latency }) => latency.map(wayText)))];
}

/** Transports are never pooled: each has its own rows. */
function latencyRows(way: string): Row[] {
  const row = (name: string, of: (latency: Latency) => ComponentChildren): Row => ({
    name,
    cell: (arm) => {
      const latency = arm.latency.find((one) => wayText(one) === way);
      return latency === undefined ? '–' : of(latency);
    },
  });
  const measured = (name: string, of: (latency: Latency) => Figure, format: Format): Row =>
    row(name, (latency) =>
      latency.notMeasured === undefined ? (
        <FigureText figure={of(latency)} format={format} />
      ) : (
        <span class="refused">{latency.notMeasured}</span>
      ),
    );
  return [
    row('requests; failed', ({ requests, failed }) => `${wholeText(requests)}; ${wholeText(failed)}`),
    measured('TTFT of the first request, p50', ({ ttftFirstMs }) => ttftFirstMs, millisecondsText),
    measured('TTFT p50', ({ ttftMs }) => ttftMs.p50, millisecondsText),
    measured('TTFT p90', ({ ttftMs }) => ttftMs.p90, millisecondsText),
    measured('TTFT p95', ({ ttftMs }) => ttftMs.p95, millisecondsText),
    measured('TTFT p99', ({ ttftMs }) => ttftMs.p99, millisecondsText),
    measured('TTFT maximum', ({ ttftMs }) => ttftMs.maximum, millisecondsText),
    measured('time for an output token p50', ({ tpotMs }) => tpotMs.p50, millisecondsText),
    measured('time for an output token p95', ({ tpotMs }) => tpotMs.p95, millisecondsText),
    measured('while decoding', ({ decodeTokensPerSecond }) => decodeTokensPerSecond, rateText),
    measured(
      'delivered, waiting included',
      ({ deliveredTokensPerSecond }) => deliveredTokensPerSecond,
      rateText,
    ),
  ];
}
