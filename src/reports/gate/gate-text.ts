import type { GateResult } from './gate-result.ts';
import {
  accuracyLines,
  confirmationLines,
  heading,
  type Line,
  latencyLines,
  quarantineLines,
  scoreText,
  sideLines,
  strengthLines,
  warningLines,
} from './gate-sentences.ts';

/** Every line of the result below its heading. */
function linesOf(result: GateResult): Line[] {
  return [
    sideLines,
    accuracyLines,
    latencyLines,
    confirmationLines,
    strengthLines,
    quarantineLines,
    warningLines,
  ].flatMap((lines) => lines(result));
}

/** For a terminal. */
export function gateText(result: GateResult): string {
  const lines = linesOf(result);
  const width = Math.max(...lines.map(({ what }) => what.length)) + 2;
  const body = lines.map(({ what, text }) => `${what.padEnd(width)}${text}`);
  return [heading(result), '', ...body, ''].join('\n');
}

const mostRows = 50;

/** For a step summary or a pull request: the lines, then the tasks that changed. */
export function gateMarkdown(result: GateResult): string {
  const rows = linesOf(result).map(({ what, text }) => `| ${cell(what)} | ${cell(text)} |`);
  return [
    `## ${plain(heading(result))}`,
    '',
    '| | |',
    '|---|---|',
    ...rows,
    '',
    ...changedTasks(result),
    '',
  ].join('\n');
}

function changedTasks({ tasks }: GateResult): string[] {
  const changed = tasks.filter(
    ({ state, change }) => state === 'counted' && change !== undefined && change !== 'same',
  );
  if (changed.length === 0) return [];
  const rows = changed
    .toSorted((a, b) => (a.change === b.change ? 0 : a.change === 'regressed' ? -1 : 1))
    .slice(0, mostRows)
    .map(
      ({ id, change, baseline, candidate }) =>
        `| ${cell(id)} | ${change} | ${scoreText(baseline)} | ${scoreText(candidate)} |`,
    );
  const rest = changed.length - rows.length;
  return [
    '| task | | baseline | candidate |',
    '|---|---|---|---|',
    ...rows,
    ...(rest > 0 ? ['', `and ${rest} more`] : []),
  ];
}

function cell(text: string): string {
  return plain(text)
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ');
}

/** Names of tasks and messages are text: no markup, no mention of anybody. */
function plain(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;');
}
