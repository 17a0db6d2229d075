import { markdownText } from '../markdown-text.ts';
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
  const rows = linesOf(result).map(({ what, text }) => `| ${markdownText(what)} | ${markdownText(text)} |`);
  return [
    `## ${markdownText(heading(result))}`,
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
        `| ${markdownText(id)} | ${change} | ${scoreText(baseline)} | ${scoreText(candidate)} |`,
    );
  const rest = changed.length - rows.length;
  return [
    '| task | | baseline | candidate |',
    '|---|---|---|---|',
    ...rows,
    ...(rest > 0 ? ['', `and ${rest} more`] : []),
  ];
}
