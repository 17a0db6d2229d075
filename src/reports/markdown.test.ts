import { expect, test } from 'vitest';
import { reportDocument } from '../testing/report-document.ts';
import { markdownReport } from './markdown.ts';

const hostile =
  '<script>alert(1)</script> | `code` [link](http://x.example) ![i](y) @someone #1 **b** &amp; \n## new';

test('names stay text: no markup, no table cell, no mention, no link of theirs', () => {
  const text = markdownReport(reportDocument({ hostile }));
  expect(text).not.toMatch(/<script|<\/script/);
  expect(text).not.toContain('[link](');
  expect(text).not.toContain('http://x');
  expect(text).not.toContain('@someone');
  expect(text).not.toMatch(/^## new/m);
  expect(text).toContain('&lt;script&gt;');
});

test('each table keeps its number of cells', () => {
  const rows = markdownReport(reportDocument({ hostile, arms: ['spark', 'deep', 'middle'] }))
    .split('\n')
    .filter((line) => line.startsWith('| '));
  expect(rows.length).toBeGreaterThan(10);
  const cells = (row: string): number => row.split(/(?<!\\)\|/).length;
  const widths = new Set(rows.map(cells));
  // The tables of arms, of latency and of pairs.
  expect(widths.size).toBeLessThanOrEqual(3);
});

test('the verdict comes first, under a title with its label', () => {
  const document = reportDocument();
  const [title = '', , verdict = ''] = markdownReport(document).split('\n');
  expect(title).toMatch(/^## SIMULATED · swe-pro/);
  expect(verdict).toMatch(/^\*\*deep solves more/);
});
