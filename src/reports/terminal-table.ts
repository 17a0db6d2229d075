import { ledgerParts } from '../domain/span.ts';
import { alignedLines } from '../lib/aligned-lines.ts';
import { tokensText } from './comparison-table.ts';
import {
  countText,
  type Format,
  millisecondsText,
  percentText,
  secondsText,
  usdText,
} from './figure-text.ts';
import { interventionRows } from './intervention-figures.ts';
import type { RunTable } from './load-report.ts';
import { latencyNotMeasured, replaySentence } from './replay-text.ts';
import type { ArmReport, Figure } from './report-document.ts';
import { spendingLines } from './spending-lines.ts';
import type { ArmSummary } from './summarize.ts';
import { runTitle, standInLines } from './titles.ts';
import { wayText } from './way-text.ts';

type LatencyRow = ArmReport['latency'][number];
type Row = [string, (arm: ArmSummary) => string];

/** The table printed at the end of a run. Plain text; the width is that of its content. */
export function terminalTable(report: RunTable): string {
  const { run, arms } = report;
  const rows: Row[] = [
    ['resolved / judged', (arm) => `${arm.resolved} / ${arm.judged}`],
    ['errored, cancelled, missing', (arm) => `${arm.errored}, ${arm.cancelled}, ${arm.missing}`],
    ['accuracy', accuracyText],
    ['  if the unjudged failed … solved', ({ bracket }) => intervalText(bracket)],
    ['  95 % interval', accuracyInterval],
    ['wall-clock for a trial, median', ({ wallClock }) => sampledText(wallClock, secondsText)],
    ['working time, median', ({ timeToAnswer }) => sampledText(timeToAnswer.p50, secondsText)],
    ...latencyRows(arms),
    ['output tokens', ({ tokens }) => tokensText(tokens)],
    ['cost', costText],
  ];
  const body = [
    ['', ...arms.map(({ key }) => key)],
    ...rows.map(([label, text]) => [label, ...arms.map(text)]),
    ...interventionRows(
      report.finals,
      arms.map(({ arm }) => arm),
      latencyNotMeasured(run),
    ),
  ];
  const lines = [runTitle(run), '', ...alignedLines(body), '', ...whereTimeGoes(arms), ...footnotes(report)];
  return plainSpaces(lines.join('\n'));
}

/** Rows for each transport, named where there are several. */
function latencyRows(arms: readonly ArmSummary[]): Row[] {
  const ways = [...new Set(arms.flatMap(({ latency }) => latency.map(wayText)))];
  return ways.flatMap((way) => {
    const row = (label: string, text: (row: LatencyRow, leftOut: number) => string): Row => [
      ways.length === 1 ? label : `${label}, ${way}`,
      ({ latency, decodeLeftOut }) => {
        const at = latency.findIndex((one) => wayText(one) === way);
        const found = latency[at];
        if (found === undefined) return '–';
        return found.notMeasured ?? text(found, decodeLeftOut[at] ?? 0);
      },
    ];
    return [
      row('TTFT of the first request, p50', ({ ttftFirstMs }) => sampledText(ttftFirstMs, millisecondsText)),
      row('TTFT p50', ({ ttftMs }) => sampledText(ttftMs.p50, millisecondsText)),
      row('TTFT p90', ({ ttftMs }) => sampledText(ttftMs.p90, millisecondsText)),
      row('TTFT p95', ({ ttftMs }) => sampledText(ttftMs.p95, millisecondsText)),
      row('tokens/s while decoding', decodeText),
    ];
  });
}

function accuracyText({ accuracy }: ArmSummary): string {
  return accuracy.status === 'refused' ? '–' : percentText(accuracy.value);
}

function accuracyInterval({ accuracy, intervalMethod }: ArmSummary): string {
  if (accuracy.status === 'refused') return accuracy.reason;
  if (accuracy.interval === undefined) return 'too few tasks';
  return `${intervalText(accuracy.interval)} (${intervalMethod})`;
}

function intervalText({ low, high }: ArmSummary['bracket']): string {
  return `${percentText(low)} … ${percentText(high)}`;
}

/** With the number of samples, or why there is no figure. */
function sampledText(figure: Figure, format: Format): string {
  if (figure.status === 'refused') return figure.reason;
  return `${format(figure.value)} (n = ${figure.n})`;
}

function decodeText({ decodeTokensPerSecond: rate }: LatencyRow, leftOut: number): string {
  if (rate.status === 'refused') return rate.reason;
  const without = leftOut === 0 ? '' : `, ${leftOut} not measurable`;
  return `${countText(rate.value)} (n = ${rate.n}${without})`;
}

function costText({ costUsd: { total }, pricedTrials }: ArmSummary): string {
  return total === undefined ? 'no prices given' : `${usdText(total)} (${pricedTrials} trials)`;
}

/** A terminal's text is searched: its units stand behind plain spaces. */
function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

/** Shares of the trials' wall-clock time by part; they sum to it. */
function whereTimeGoes(arms: readonly ArmSummary[]): string[] {
  const secondsIn = ({ ledger }: ArmSummary, part: string): number =>
    ledger.find((entry) => entry.part === part)?.seconds ?? 0;
  const parts = [...ledgerParts, 'unattributed' as const];
  const used = parts.filter(
    (part) => part === 'unattributed' || arms.some((arm) => secondsIn(arm, part) > 0),
  );
  const share = (arm: ArmSummary, part: string): string => {
    const total = arm.ledger.reduce((sum, { seconds }) => sum + seconds, 0);
    if (total === 0) return '–';
    const own = secondsIn(arm, part);
    return `${((own / total) * 100).toFixed(part === 'unattributed' ? 2 : 1)} %  ${own.toFixed(1)} s`;
  };
  const rows = used.map((part) => [`  ${part}`, ...arms.map((arm) => share(arm, part))]);
  return ['where the time went, over all trials', ...alignedLines(rows)];
}

function footnotes(report: RunTable): string[] {
  const { run } = report;
  const assumed = run.simulated
    ? [
        '',
        'The embedded simulator answered, not a model: its solve rates and times are settings, several of them assumed (suites/models.yaml).',
      ]
    : [];
  const left = run.leftOut.map(({ id, reason }) => `left out: ${id}: ${reason}`);
  return [
    ...assumed,
    ...[replaySentence(run)].filter((line) => line !== undefined),
    ...('imported' in run ? [] : spendingLines(run)),
    ...standInLines(run),
    ...left,
    ...report.unreadable.map((line) => `not readable: ${line}`),
  ];
}
