import type { PointStyle } from 'chart.js';

export interface ChartTheme {
  readonly name: 'light' | 'dark';
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly series: readonly string[];
  readonly ledger: Readonly<Record<string, string>>;
  /** Title and caption inside the picture: a file stands alone, on the page they stand around it. */
  readonly isAlone: boolean;
}

/** Okabe and Ito's colours, which people with any colour vision tell apart; darker or lighter for contrast. */
export const lightTheme: ChartTheme = {
  name: 'light',
  background: '#ffffff',
  text: '#1f2328',
  faint: '#59636e',
  grid: '#e4e7eb',
  series: ['#0067a5', '#c2500a', '#00805d', '#8e4585', '#8a6d00', '#3b3f46'],
  ledger: {
    'model.connect': '#7b3294',
    'model.wait': '#0067a5',
    'model.decode': '#56a8dc',
    'model.backoff': '#b3a0d6',
    tool: '#d9822b',
    agent: '#00805d',
    image: '#b9bec5',
    sandbox: '#9aa1aa',
    'agent-setup': '#7c848e',
    collect: '#c9b458',
    verify: '#a8891c',
    teardown: '#6f5c12',
    harness: '#444a52',
    unattributed: '#d1242f',
  },
  isAlone: false,
};

export const darkTheme: ChartTheme = {
  name: 'dark',
  background: '#14181d',
  text: '#e6e9ed',
  faint: '#9aa4af',
  grid: '#2c333b',
  series: ['#5ab4f0', '#f5964f', '#3fc79a', '#d79ad0', '#e3c74a', '#c3c9d1'],
  ledger: {
    'model.connect': '#b585cf',
    'model.wait': '#3d8fd1',
    'model.decode': '#8ccbf5',
    'model.backoff': '#c9bbe6',
    tool: '#f0a04b',
    agent: '#3fc79a',
    image: '#4b535c',
    sandbox: '#66707b',
    'agent-setup': '#838e99',
    collect: '#e0cf7f',
    verify: '#c2a53a',
    teardown: '#94803a',
    harness: '#aeb6bf',
    unattributed: '#ff7b72',
  },
  isAlone: false,
};

/** Told apart without colour too: dashes on lines, shapes on points. */
const dashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2, 1, 2], [1, 2]];
const shapes: readonly PointStyle[] = ['circle', 'triangle', 'rect', 'rectRot', 'star', 'crossRot'];

export interface SeriesStyle {
  readonly colour: string;
  readonly dash: number[];
  readonly shape: PointStyle;
}

export function seriesStyle(theme: ChartTheme, at: number): SeriesStyle {
  return {
    colour: theme.series[at % theme.series.length] ?? theme.text,
    dash: [...(dashes[at % dashes.length] ?? [])],
    shape: shapes[at % shapes.length] ?? 'circle',
  };
}

/** A colour of six digits, made see-through. */
export function faded(colour: string, opacity: number): string {
  const byte = Math.round(opacity * 255);
  return `${colour}${byte.toString(16).padStart(2, '0')}`;
}
