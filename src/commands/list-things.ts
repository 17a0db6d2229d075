import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import { createAgents } from '../agents/agents.ts';
import { publicDatasets } from '../datasets/pull/public-datasets.ts';
import { EvalrunError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import { isResolved } from '../reports/report-arms.ts';
import { findRun, runIds } from '../results/find-run.ts';
import { readRun } from '../results/result-store.ts';
import { chooseTasks } from '../suites/choose-tasks.ts';
import { loadSuite, suiteNames } from '../suites/load-suite.ts';
import type { CommandContext } from './command.ts';
import { readConfiguration } from './run/configuration.ts';
import { openNamed, pulledFolder } from './run/open-dataset.ts';
import { openSuite } from './run/open-suite.ts';
import { listOf } from './shared-flags.ts';

export interface ListArguments {
  readonly what: string;
  readonly suite?: string | undefined;
  readonly dataset?: string | undefined;
  readonly 'allow-host-env': boolean;
  readonly tasks?: readonly string[] | undefined;
  readonly results: string;
  readonly json: boolean;
}

/** A row for people, and the same as a document. */
interface Row {
  readonly cells: readonly string[];
  readonly document: Readonly<Record<string, unknown>>;
}

export async function listThings(args: ListArguments, context: CommandContext): Promise<number> {
  const rows = await rowsOf(args, context);
  const lines = args.json
    ? rows.map(({ document }) => JSON.stringify(document))
    : aligned(rows.map(({ cells }) => cells));
  context.stdout.write(lines.map((line) => `${line}\n`).join(''));
  if (!args.json && args.what === 'tasks') context.stderr.write(`${rows.length} tasks\n`);
  return 0;
}

function rowsOf(args: ListArguments, context: CommandContext): Promise<Row[]> {
  switch (args.what) {
    case 'suites':
      return suiteRows(context);
    case 'datasets':
      return datasetRows(context);
    case 'tasks':
      return taskRows(args, context);
    case 'models':
      return modelRows(context);
    case 'agents':
      return Promise.resolve(createAgents().map(agentRow));
    case 'runs':
      return runRows(resolve(context.cwd, args.results));
    default:
      throw new EvalrunError(`"${args.what}" cannot be listed`, { code: 'usage' });
  }
}

async function suiteRows(context: CommandContext): Promise<Row[]> {
  const { suitesFolder } = await readConfiguration(context);
  const suites = await Promise.all(
    (await suiteNames(suitesFolder)).map((name) => loadSuite(name, suitesFolder)),
  );
  return suites.map(({ file, path }) => ({
    cells: [file.name, file.title],
    document: { name: file.name, title: file.title, path },
  }));
}

async function datasetRows(context: CommandContext): Promise<Row[]> {
  const folders = await readdir(join(context.packageFolder, 'datasets'), { withFileTypes: true });
  const bundled = folders
    .filter((entry) => entry.isDirectory() && entry.name !== 'pulled')
    .map(({ name }) => name);
  const here = new Set(await readdir(pulledFolder(context)).catch(() => []));
  return [
    ...bundled.map((name): Row => ({ cells: [name, 'bundled', ''], document: { name, state: 'bundled' } })),
    ...publicDatasets.map(({ name, title }): Row => {
      const state = here.has(name) ? 'pulled' : `not here: evalrun dataset pull ${name}`;
      return { cells: [name, state, title], document: { name, state, title } };
    }),
  ];
}

async function taskRows(args: ListArguments, context: CommandContext): Promise<Row[]> {
  const tasks = chooseTasks(await tasksOf(args, context), { tasks: listOf(args.tasks) }, '--tasks');
  return tasks.map((task) => ({
    cells: [task.id, task.difficulty ?? '-', task.category ?? task.language ?? '-', task.refusals[0] ?? ''],
    document: {
      id: task.id,
      dataset: task.dataset.name,
      hash: task.hash,
      difficulty: task.difficulty,
      category: task.category,
      language: task.language,
      steps: task.steps.length,
      image: task.environment.image.kind === 'prebuilt' ? task.environment.image.name : 'built',
      refusals: task.refusals,
    },
  }));
}

async function tasksOf(args: ListArguments, context: CommandContext): Promise<readonly Task[]> {
  const allowHostEnv = args['allow-host-env'];
  if (args.dataset !== undefined) return (await openNamed(args.dataset, allowHostEnv, context)).dataset.tasks;
  if (args.suite === undefined) throw new EvalrunError('give --suite or --dataset', { code: 'usage' });
  const { suitesFolder } = await readConfiguration(context);
  return (await openSuite(await loadSuite(args.suite, suitesFolder), allowHostEnv, context)).tasks;
}

async function modelRows(context: CommandContext): Promise<Row[]> {
  const { models } = await readConfiguration(context);
  return Object.entries(models.models).map(([alias, entry]) => {
    const keyEnv = models.providers[entry.provider]?.apiKeyEnv;
    const hasKey = keyEnv === undefined || Boolean(context.env[keyEnv]);
    const answers = hasKey ? entry.provider : `simulated (${keyEnv} is not set)`;
    return {
      cells: [alias, entry.model, entry.transport, entry.effort ?? '-', entry.style, answers],
      document: { alias, ...entry, answers },
    };
  });
}

function agentRow({ name, version, needsModel }: Agent): Row {
  return {
    cells: [name, version, needsModel ? 'needs a model' : 'no model'],
    document: { name, version, needsModel },
  };
}

async function runRows(resultsFolder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const id of await runIds(resultsFolder)) {
    const { run, records } = await readRun(await findRun(id, resultsFolder));
    const finals = records.values.filter(({ final }) => final);
    const resolved = finals.filter(isResolved).length;
    const planned = run.tasks.length * run.arms.length * run.attempts;
    const label = run.simulated ? 'simulated' : '';
    rows.push({
      cells: [id, run.state, `${finals.length}/${planned} final, ${resolved} resolved`, label],
      document: {
        runId: id,
        state: run.state,
        final: finals.length,
        planned,
        resolved,
        simulated: run.simulated,
      },
    });
  }
  return rows;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (at: number): number => Math.max(...rows.map((row) => row[at]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(width(at) + 2))
      .join('')
      .trimEnd(),
  );
}
