import { armTable, latencyTable, pairTable, type TextTable } from './comparison-table.ts';
import { markdownText } from './markdown-text.ts';
import type { ReportDocument } from './report-document.ts';

/** A report for a pull request or a step summary: the verdict, the tables, what was left out. */
export function markdownReport(document: ReportDocument): string {
  const [headline = '', ...others] = document.verdict;
  const latency = latencyTable(document);
  const pairs = pairTable(document);
  const sections = [
    `## ${markdownText([...document.labels, document.title].join(' · '))}`,
    `**${markdownText(headline)}**`,
    bullets(others),
    table(armTable(document)),
    ...(latency === undefined ? [] : ['### Latency', table(latency)]),
    ...(pairs === undefined ? [] : ['### Pairs', table(pairs), pairNotes(document)]),
    ...details(
      'Left out',
      document.leftOut.map(({ reason, count, examples }) => leftOutLine(reason, count, examples)),
    ),
    ...details('Warnings', document.warnings),
    `seed ${document.seed}, evalrun ${markdownText(document.evalrunVersion)}, ${document.generatedAt}`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function pairNotes({ arms, pairs, tieGroups }: ReportDocument): string {
  const sentences =
    arms.length > 2
      ? pairs.flatMap(({ sentences: own, a, b }) => own.map((text) => `${b} − ${a}: ${text}`))
      : [];
  const groups = tieGroups.map((group) => `not separated from each other: ${group.join(', ')}`);
  return bullets([...groups, ...sentences]);
}

export function leftOutLine(reason: string, count: number, examples: readonly string[]): string {
  const some = examples.length === 0 ? '' : `: ${examples.join(', ')}${count > examples.length ? ', …' : ''}`;
  return `${count} × ${reason}${some}`;
}

function details(summary: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`<details><summary>${summary}</summary>\n\n${bullets(lines)}\n\n</details>`];
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${markdownText(line)}`).join('\n');
}

function table({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  const rule = `|---|${head
    .slice(1)
    .map(() => '---:|')
    .join('')}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
