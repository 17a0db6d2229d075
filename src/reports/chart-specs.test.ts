import { expect, test } from 'vitest';
import { reportDocument } from '../testing/report-document.ts';
import { chartSpecs } from './chart-specs.ts';
import { lightTheme } from './charts/chart-theme.ts';
import type { ReportDocument } from './report-document.ts';

const document = reportDocument({ arms: ['spark', 'deep', 'middle'] });

function specOf(name: string, of: ReportDocument = document) {
  const spec = chartSpecs(of).find((one) => one.name === name);
  if (spec === undefined) throw new Error(`no chart ${name}`);
  return { ...spec, drawn: spec.config(lightTheme) };
}

test('every chart names dataset, n and what the run is', () => {
  const specs = chartSpecs(document);
  expect(specs.map(({ name }) => name)).toEqual([
    'solved-by-time',
    'accuracy-by-duration',
    'speed-up',
    'ledger',
    'ttft-distribution',
    'ttft-by-turn',
    'ttft-by-input',
  ]);
  for (const { caption, table } of specs) {
    expect(caption).toMatch(/^SIMULATED · swe-pro-mini · n = 12 tasks · \d+ judged trials$/);
    expect(table.rows.length).toBeGreaterThan(0);
    for (const row of table.rows) expect(row).toHaveLength(table.head.length);
  }
});

test('arms are told apart without colour', () => {
  const { drawn } = specOf('solved-by-time');
  const lines = drawn.data.datasets.filter(({ label }) => label !== '');
  const dashes = lines.map((line) => JSON.stringify('borderDash' in line ? line.borderDash : undefined));
  expect(new Set(dashes).size).toBe(3);
});

test('the curve of an arm that is done early goes on level to the end of the axis', () => {
  const { drawn } = specOf('solved-by-time');
  const ends = drawn.data.datasets.map(({ data }) => data.at(-1)).map((end) => (end as { x: number }).x);
  expect(new Set(ends).size).toBe(1);
});

test('the estimate is named as a model, beside the measured point', () => {
  const labels = specOf('accuracy-by-duration').drawn.data.datasets.map(({ label }) => label);
  expect(labels).toContain('spark');
  expect(labels).toContain('spark: estimate (a model)');
});

test('a point on the edge of the chart, where all or none are solved, is drawn whole', () => {
  const clips = specOf('accuracy-by-duration').drawn.data.datasets.map((set) =>
    'clip' in set ? set.clip : true,
  );
  expect(new Set(clips)).toEqual(new Set([false]));
});

test('an arm whose duration was refused has no point, and says so in the table', () => {
  const refused = { status: 'refused', reason: 'nothing judged', n: 0 } as const;
  const arms = document.arms.map((arm, at) => {
    if (at > 0) return arm;
    const accuracyByDuration = { measured: { minutes: refused, accuracy: refused } };
    return { ...arm, curves: { ...arm.curves, accuracyByDuration } };
  });
  const { drawn, table } = specOf('accuracy-by-duration', { ...document, arms });
  expect(drawn.data.datasets.map(({ label }) => label)).not.toContain('spark');
  expect(table.rows[0]).toEqual(['spark', '–', '–', '–']);
});

test('a speed-up is above 1 whichever way the pair was compared, and what is not reached is said', () => {
  const turned = document.pairs.map((pair) => ({
    ...pair,
    a: pair.b,
    b: pair.a,
    speedUpAtEqualAccuracy: [
      {
        share: 0.2,
        ratio: { status: 'estimated', value: 0.25, interval: { low: 0.2, high: 0.5 }, n: 12 } as const,
      },
      { share: 0.9, ratio: { status: 'refused', reason: 'not reached', n: 12 } as const },
    ],
  }));
  const { table } = specOf('speed-up', { ...document, pairs: turned });
  expect(table.rows.slice(0, 2)).toEqual([
    ['deep / spark', '20\u00a0%', '4\u00a0× (2\u00a0× … 5\u00a0×)'],
    ['deep / spark', '90\u00a0%', 'not reached'],
  ]);
});

test('the table of the ledger has every part that took time, with its share', () => {
  const { table, drawn } = specOf('ledger');
  expect(table.rows.map(([part]) => part)).toContain('unattributed');
  expect(drawn.data.datasets).toHaveLength(table.rows.length);
  expect(table.rows[0]?.[1]).toMatch(/\(\d.*%\)$/);
});

test('a document without measurements has no charts', () => {
  expect(chartSpecs({ ...document, arms: [], pairs: [] })).toEqual([]);
});
