import { armTable, latencyTable, pairTable, type TextTable } from './comparison-table.ts';
import type { ReportDocument } from './report-document.ts';

/** A report for a pull request or a step summary: the verdict, the tables, what was left out. */
export function markdownReport(document: ReportDocument): string {
  const [headline = '', ...others] = document.verdict;
  const latency = latencyTable(document);
  const pairs = pairTable(document);
  const sections = [
    `## ${plain([...document.labels, document.title].join(' · '))}`,
    `**${plain(headline)}**`,
    bullets(others),
    table(armTable(document)),
    ...(latency === undefined ? [] : ['### Latency', table(latency)]),
    ...(pairs === undefined ? [] : ['### Pairs', table(pairs), pairNotes(document)]),
    ...details(
      'Left out',
      document.leftOut.map(({ reason, count, examples }) => leftOutLine(reason, count, examples)),
    ),
    ...details('Warnings', document.warnings),
    `seed ${document.seed}, evalrun ${plain(document.evalrunVersion)}, ${document.generatedAt}`,
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
  return lines.map((line) => `- ${plain(line)}`).join('\n');
}

function table({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  const rule = `|---|${head
    .slice(1)
    .map(() => '---:|')
    .join('')}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/**
 * A text that stays text: names come from tasks, models and other systems. Every character that means something to
 * Markdown or HTML is escaped, mentions and links included, and there is no new line.
 */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]|~#!]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replaceAll('://', '&#58;//')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)]) /, '$1\\$2 ');
}
