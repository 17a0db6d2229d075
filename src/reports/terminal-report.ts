import { alignedLines } from '../lib/aligned-lines.ts';
import { armTable, latencyTable, pairTable, type TextTable } from './comparison-table.ts';
import { leftOutLine } from './markdown.ts';
import type { ReportDocument } from './report-document.ts';

/** A comparison on the terminal: the verdict first, then the tables. */
export function terminalReport(document: ReportDocument): string {
  const latency = latencyTable(document);
  const pairs = pairTable(document);
  const lines = [
    [...document.labels, document.title].join(' · '),
    '',
    ...document.verdict,
    '',
    ...linesOf(armTable(document)),
    ...(latency === undefined ? [] : ['', ...linesOf(latency)]),
    ...(pairs === undefined ? [] : ['', ...linesOf(pairs)]),
    ...document.tieGroups.map((group) => `not separated from each other: ${group.join(', ')}`),
    ...(document.arms.length > 2 ? document.pairs.flatMap(({ sentences }) => sentences) : []),
    ...section(
      'left out',
      document.leftOut.map(({ reason, count, examples }) => leftOutLine(reason, count, examples)),
    ),
    ...section('warnings', document.warnings),
    '',
    `seed of everything drawn: ${document.seed}`,
  ];
  return lines.map(oneLine).join('\n');
}

function linesOf({ head, rows }: TextTable): string[] {
  return alignedLines([head, ...rows]);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** Names come from elsewhere; a terminal obeys control characters. */
function oneLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return line.replaceAll(/[\u0000-\u001f\u007f-\u00a0]/g, ' ');
}
