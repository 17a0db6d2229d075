import {
  chanceText,
  figureText,
  millisecondsText,
  percentText,
  rateText,
  secondsText,
  usdText,
} from './figure-text.ts';
import type { ArmReport, PairReport, ReportDocument } from './report-document.ts';
import { pText, valueIn } from './sentence-parts.ts';
import { wayText } from './way-text.ts';

/** Tables of a report in plain cells, for the terminal and for Markdown alike. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A row for each figure, a column for each arm. */
export function armTable({ arms }: ReportDocument): TextTable {
  const rows: [string, (arm: ArmReport) => string][] = [
    ['resolved / judged', ({ resolved, judged }) => `${resolved} / ${judged}`],
    ['accuracy (95 %)', ({ accuracy }) => figureText(accuracy, percentText)],
    ['if the unjudged failed … solved', bracketText],
    ['errored, cancelled, missing', (arm) => `${arm.errored}, ${arm.cancelled}, ${arm.missing}`],
    ['working time, median', ({ timeToAnswer }) => figureText(timeToAnswer.p50, secondsText)],
    ['working time, mean', ({ timeToAnswer }) => figureText(timeToAnswer.mean, secondsText)],
    ['time to solve, median', ({ timeToSolve }) => figureText(timeToSolve.p50, secondsText)],
    ['cost', ({ costUsd: { total } }) => (total === undefined ? '–' : usdText(total))],
    ['cost of a solved task', ({ costUsd }) => figureText(costUsd.perSolve, usdText)],
    ['output tokens', ({ tokens }) => tokensText(tokens)],
  ];
  return {
    head: ['', ...arms.map(({ key }) => key)],
    rows: [...rows.map(([label, text]) => [label, ...arms.map(text)]), ...repeatRows(arms)],
  };
}

function bracketText({ bracket }: ArmReport): string {
  return `${percentText(bracket.low)} … ${percentText(bracket.high)}`;
}

/** No token at all is no count: nothing was told of them. */
export function tokensText({ input, output, estimated }: ArmReport['tokens']): string {
  if (input + output === 0) return '–';
  return `${output.toLocaleString('en-US')}${estimated ? ' (partly estimated)' : ''}`;
}

/** pass@k and pass^k where tasks were tried more than once. */
function repeatRows(arms: readonly ArmReport[]): string[][] {
  const most = Math.max(...arms.map(({ passAtK }) => passAtK.length));
  if (most < 2) return [];
  const of = (arm: ArmReport, measure: 'passAtK' | 'passHatK'): string => {
    const figures = arm.passAtK.find(({ k }) => k === most);
    return figures === undefined ? '–' : figureText(figures[measure], percentText);
  };
  return [
    [`pass@${most}`, ...arms.map((arm) => of(arm, 'passAtK'))],
    [`pass^${most}`, ...arms.map((arm) => of(arm, 'passHatK'))],
  ];
}

/** A row for each arm and transport. */
export function latencyTable({ arms }: ReportDocument): TextTable | undefined {
  const rows = arms.flatMap(({ key, latency }) =>
    latency.map((row) => [
      key,
      wayText(row),
      String(row.requests),
      String(row.failed),
      row.notMeasured ?? figureText(row.ttftFirstMs, millisecondsText),
      row.notMeasured ?? figureText(row.ttftMs.p50, millisecondsText),
      row.notMeasured ?? figureText(row.ttftMs.p95, millisecondsText),
      row.notMeasured ?? figureText(row.decodeTokensPerSecond, rateText),
    ]),
  );
  if (rows.length === 0) return undefined;
  return {
    head: ['arm', 'transport', 'requests', 'failed', 'TTFT first', 'TTFT p50', 'TTFT p95', 'while decoding'],
    rows,
  };
}

/** A row for each pair: the numbers as papers print them, shares and not points. */
export function pairTable({ pairs }: ReportDocument): TextTable | undefined {
  if (pairs.length === 0) return undefined;
  const corrected = pairs.some(({ correctedP }) => correctedP !== undefined);
  const clusters = pairs.some((pair) => pair.clusters !== undefined);
  return {
    head: [
      'pair (b − a)',
      'tasks',
      'both; only a, b; neither',
      'difference',
      'SE paired',
      ...(clusters ? ['SE clustered'] : []),
      'exact p',
      'mid-p',
      'permutation p',
      ...(corrected ? ['corrected p'] : []),
      'separated',
    ],
    rows: pairs.map((pair) => pairRow(pair, { corrected, clusters })),
  };
}

function pairRow(
  pair: PairReport,
  has: { readonly corrected: boolean; readonly clusters: boolean },
): string[] {
  const { a, b, tasks, both, onlyA, onlyB, neither, correctedP } = pair;
  const p = (figure: PairReport['mcnemarExact']): string => figureText(figure, pText);
  return [
    `${b} − ${a}`,
    String(tasks),
    `${both}; ${onlyA}, ${onlyB}; ${neither}`,
    figureText(pair.difference, fourDigits),
    figureText(pair.standardErrorPaired, fourDigits),
    ...(has.clusters ? [clusteredText(pair)] : []),
    p(pair.mcnemarExact),
    p(pair.mcnemarMidP),
    p(pair.signFlipP),
    ...(has.corrected ? [correctedP === undefined ? '–' : chanceText(correctedP)] : []),
    pair.separated ? 'yes' : 'no',
  ];
}

function clusteredText({ clusters }: PairReport): string {
  const error = clusters && valueIn(clusters.standardError);
  return clusters === undefined || error === undefined
    ? '–'
    : `${fourDigits(error)} (${clusters.count} ${clusters.name})`;
}

/** .0741 as 0.0741. */
function fourDigits(value: number): string {
  return value.toFixed(4);
}
