import { ledgerParts } from '../domain/span.ts';
import { alignedLines } from '../lib/aligned-lines.ts';
import { interventionRows } from './intervention-figures.ts';
import type { RunTable } from './load-report.ts';
import { percentileText } from './percentile-text.ts';
import { latencyNotMeasured, replaySentence } from './replay-text.ts';
import { spendingLines } from './spending-lines.ts';
import { type ArmSummary, medianSeconds } from './summarize.ts';
import { runTitle, standInLines } from './titles.ts';

/** The table printed at the end of a run. Plain text; the width is that of its content. */
export function terminalTable(report: RunTable): string {
  const { run, arms } = report;
  const notMeasured = latencyNotMeasured(run);
  const rows: [string, (arm: ArmSummary) => string][] = [
    ['resolved / judged', (arm) => `${arm.resolved} / ${arm.judged}`],
    ['errored, cancelled, missing', (arm) => `${arm.errored}, ${arm.cancelled}, ${arm.missing}`],
    ['accuracy', accuracyText],
    ['  if the unjudged failed … solved', bracketText],
    ['  95 % interval', intervalText],
    ['wall-clock for a trial, median', (arm) => secondsText(medianSeconds(arm.wallUs))],
    ['agent time, median', (arm) => secondsText(medianSeconds(arm.agentUs))],
    ['TTFT p50', (arm) => notMeasured ?? percentileText(arm.ttftMs.p50)],
    ['TTFT p90', (arm) => notMeasured ?? percentileText(arm.ttftMs.p90)],
    ['TTFT p95', (arm) => notMeasured ?? percentileText(arm.ttftMs.p95)],
    ['tokens/s while decoding', (arm) => notMeasured ?? decodeText(arm)],
    ['output tokens', (arm) => (arm.turns === 0 ? '–' : String(arm.outputTokens))],
    ['cost', costText],
  ];
  const body = [
    ['', ...arms.map(({ name }) => name)],
    ...rows.map(([label, text]) => [label, ...arms.map(text)]),
    ...interventionRows(
      report.finals,
      arms.map(({ arm }) => arm),
      notMeasured,
    ),
  ];
  return [runTitle(run), '', ...alignedLines(body), '', ...whereTimeGoes(arms), ...footnotes(report)].join(
    '\n',
  );
}

function accuracyText(arm: ArmSummary): string {
  return arm.accuracy === undefined ? '–' : percent(arm.accuracy.value);
}

function bracketText({ accuracy }: ArmSummary): string {
  return accuracy === undefined
    ? '–'
    : `${percent(accuracy.bracket.low)} … ${percent(accuracy.bracket.high)}`;
}

function intervalText({ accuracy }: ArmSummary): string {
  if (accuracy?.interval === undefined) return 'too few tasks';
  return `${percent(accuracy.interval.low)} … ${percent(accuracy.interval.high)} (${accuracy.method})`;
}

function decodeText({ decode }: ArmSummary): string {
  if (decode === undefined) return '–';
  const leftOut = decode.leftOut === 0 ? '' : `, ${decode.leftOut} not measurable`;
  return `${Math.round(decode.tokensPerSecond)} (n = ${decode.requests}${leftOut})`;
}

function costText({ costUsd }: ArmSummary): string {
  return costUsd === undefined
    ? 'no prices given'
    : `$${costUsd.total.toFixed(2)} (${costUsd.trials} trials)`;
}

function secondsText(seconds: number | undefined): string {
  return seconds === undefined ? '–' : `${seconds.toFixed(1)} s`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Shares of the trials' wall-clock time by part; they sum to it. */
function whereTimeGoes(arms: readonly ArmSummary[]): string[] {
  const parts = [...ledgerParts, 'unattributed' as const];
  const used = parts.filter(
    (part) => part === 'unattributed' || arms.some((arm) => (arm.ledger[part] ?? 0) > 0),
  );
  const share = (arm: ArmSummary, part: string): string => {
    const total = Object.values(arm.ledger).reduce((sum, us) => sum + us, 0);
    if (total === 0) return '–';
    const us = arm.ledger[part] ?? 0;
    return `${((us / total) * 100).toFixed(part === 'unattributed' ? 2 : 1)} %  ${(us / 1e6).toFixed(1)} s`;
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
