import type { LatencyArm, LatencyDocument, MedianFigure } from '../../domain/latency-document.ts';
import { alignedLines } from '../../lib/aligned-lines.ts';
import { percentileText } from '../../reports/percentile-text.ts';

type Row = readonly [string, (arm: LatencyArm) => string];

/** The table on stdout: an arm a column, since transports are never pooled. */
export function latencyTable(document: LatencyDocument): string {
  const { arms } = document;
  const cells = [
    ['', ...arms.map(({ model, transport }) => `${model} ${transport}`)],
    ...rows.map(([label, text]) => [label, ...arms.map(text)]),
  ];
  return [titleOf(document), '', ...alignedLines(cells), '', ...footnotes(document)].join('\n');
}

function titleOf({ simulated, rounds, seed, arms }: LatencyDocument): string {
  const what = `${rounds} tool-call round trips of ${arms.length} arms, taken in turn, seed ${seed}`;
  return `${simulated ? 'SIMULATED · ' : ''}latency (${what})`;
}

const rows: readonly Row[] = [
  ['first request, with connecting', ({ first }) => firstText(first)],
  ['  its connecting', ({ first }) => milliseconds(first?.connectMs)],
  ['  its TTFT', ({ first }) => milliseconds(first?.ttftMs)],
  ['round trips answered', ({ rounds }) => String(rounds)],
  ['  failed attempts, new connections', (arm) => `${arm.failedAttempts}, ${arm.reconnects}`],
  ['TTFT, median', ({ ttftMs }) => medianText(ttftMs, 'ms')],
  ['TTFT p90', (arm) => percentileText(arm.ttftPercentilesMs.p90)],
  ['TTFT p95', (arm) => percentileText(arm.ttftPercentilesMs.p95)],
  ['until response.created, median', ({ createdMs }) => medianText(createdMs, 'ms')],
  ['time per output token, median', ({ tpotMs }) => medianText(tpotMs, 'ms', 2)],
  ['tokens/s while decoding, median', (arm) => medianText(arm.decodeTokensPerSecond, '')],
  ['tokens/s delivered, median', (arm) => medianText(arm.deliveredTokensPerSecond, '')],
  ['round-trip overhead, median', ({ overheadMs }) => medianText(overheadMs, 'ms', 1)],
  [
    'bytes sent: first, last, all',
    ({ requestBytes: { first, last, total } }) => `${first}, ${last}, ${total}`,
  ],
];

function firstText(first: LatencyArm['first']): string {
  if (first?.totalMs === undefined) return '–';
  return milliseconds(first.totalMs + (first.connectMs ?? 0));
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(1)} ms`;
}

/** A median stands with its interval or not at all. */
function medianText(figure: MedianFigure, unit: string, digits = 0): string {
  const { median, interval, reason, leftOut } = figure;
  const without = leftOut === 0 || figure.n === 0 ? '' : `, ${leftOut} not measurable`;
  if (median === undefined || interval === undefined) {
    return `${figure.n === 0 ? 'not measurable' : 'no interval'} (${reason ?? 'no round'})`;
  }
  const span = `${interval.low.toFixed(digits)} … ${interval.high.toFixed(digits)}`;
  return `${median.toFixed(digits)} [${span}]${unit === '' ? '' : ` ${unit}`}${without}`;
}

function footnotes({ simulated, arms }: LatencyDocument): string[] {
  const measured = arms.find(({ ttftMs }) => ttftMs.coverage !== undefined);
  const sources = new Set(arms.map(({ overheadSource }) => overheadSource));
  return [
    ...(simulated
      ? [
          'The embedded simulator answered, not a model: its times are settings, several of them assumed (suites/models.yaml).',
        ]
      : []),
    ...(measured?.ttftMs.coverage === undefined
      ? []
      : [
          `in brackets: order statistics that hold the median with ${(measured.ttftMs.coverage * 100).toFixed(1)} % (n = ${measured.ttftMs.n})`,
        ]),
    `overhead: the whole request - decoding - the server's own time to its first token (${[...sources].join(', ')})`,
    ...arms.flatMap(({ model, transport, endedBy, rounds }) =>
      endedBy === undefined ? [] : [`${model} ${transport} ended after ${rounds} round trips: ${endedBy}`],
    ),
  ];
}
