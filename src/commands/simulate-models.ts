import { EvalrunError, messageOf } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { SimulatedModel } from '../inference/simulator/plan-answer.ts';
import { planFaults } from '../inference/simulator/plan-faults.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../inference/simulator/simulator.ts';
import { systemClock } from '../lib/clock.ts';
import { loadSuite } from '../suites/load-suite.ts';
import { unknownName } from '../suites/models.ts';
import { checkWhole } from './check-whole.ts';
import type { CommandContext } from './command.ts';
import { type Configuration, readConfiguration } from './run/configuration.ts';
import { openNamed } from './run/open-dataset.ts';
import { openSuite } from './run/open-suite.ts';
import { listOf } from './shared-flags.ts';

export interface SimulateArguments {
  readonly port: number;
  readonly host: string;
  readonly model?: readonly string[] | undefined;
  readonly suite?: string | undefined;
  readonly dataset?: string | undefined;
  readonly 'allow-host-env': boolean;
  readonly seed: number;
  readonly 'time-scale': number;
  readonly fault?: readonly string[] | undefined;
  readonly json: boolean;
}

/** `evalrun simulate`: the address on stdout, what it plays on stderr, and then it answers until Ctrl+C. */
export async function simulateModels(args: SimulateArguments, context: CommandContext): Promise<number> {
  checkNumbers(args);
  const faults = planFaults(args.fault ?? [], args.seed);
  const configuration = await readConfiguration(context);
  const models = modelsOf(listOf(args.model), configuration);
  const tasks = await tasksOf(args, configuration, context);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  await using simulator = await listen({
    seed: args.seed,
    profiles: profilesOf(models),
    tasks: (id) => byId.get(id),
    clock: systemClock,
    timeScale: args['time-scale'],
    ...faults,
    port: args.port,
    host: args.host,
  });
  context.stderr.write(introduction(args, models, tasks));
  context.stdout.write(`${addressLine(args, simulator, models, tasks)}\n`);
  await aborted(context.signal);
  return 0;
}

interface PlayedModel {
  readonly alias: string;
  /** Its name on the wire. */
  readonly name: string;
  readonly simulated: SimulatedModel;
}

function modelsOf(aliases: readonly string[] | undefined, { models }: Configuration): PlayedModel[] {
  const known = Object.entries(models.models).flatMap(([alias, entry]): PlayedModel[] => {
    const { model: name, simulation, style, canSteer = false } = entry;
    return simulation === undefined ? [] : [{ alias, name, simulated: { ...simulation, style, canSteer } }];
  });
  const names = known.map(({ alias }) => alias);
  const wrong = aliases?.find((alias) => !names.includes(alias));
  if (wrong !== undefined) throw unknownName('simulated model', wrong, names);
  return aliases === undefined ? known : known.filter(({ alias }) => aliases.includes(alias));
}

/** Reached by alias as well as by the name that providers know. */
function profilesOf(models: readonly PlayedModel[]): ReadonlyMap<string, SimulatedModel> {
  return new Map(
    models.flatMap(({ alias, name, simulated }): [string, SimulatedModel][] => [
      [name, simulated],
      [alias, simulated],
    ]),
  );
}

async function tasksOf(
  args: SimulateArguments,
  { suitesFolder }: Configuration,
  context: CommandContext,
): Promise<readonly Task[]> {
  const allowHostEnv = args['allow-host-env'];
  if (args.suite !== undefined && args.dataset !== undefined) {
    throw new EvalrunError('give --suite or --dataset, not both', { code: 'usage' });
  }
  if (args.dataset !== undefined) return (await openNamed(args.dataset, allowHostEnv, context)).dataset.tasks;
  if (args.suite === undefined) return [];
  return (await openSuite(await loadSuite(args.suite, suitesFolder), allowHostEnv, context)).tasks;
}

async function listen(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    throw new EvalrunError(
      `the simulator cannot listen on ${options.host} port ${options.port}: ${messageOf(error)}`,
      { code: 'usage', cause: error },
    );
  }
}

function introduction(
  args: SimulateArguments,
  models: readonly PlayedModel[],
  tasks: readonly Task[],
): string {
  const names = models.map(({ alias, name }) => `${alias} (${name})`).join(' and ');
  const plays =
    tasks.length === 0
      ? 'every prompt gets the same short answer, at the pace of its model; --suite or --dataset brings tasks'
      : `${tasks.length} tasks, by the "task" of a request's metadata; any other request gets a short answer`;
  const scale = args['time-scale'] === 1 ? '' : `\nevery wait times ${args['time-scale']}`;
  const faults = (args.fault ?? []).map((spec) => `\nfault: ${spec}`).join('');
  return `*** SIMULATED: this plays ${names}; no model is asked. ***\n${plays}${scale}${faults}\nCtrl+C ends it\n`;
}

function addressLine(
  args: SimulateArguments,
  { baseUrl }: Simulator,
  models: readonly PlayedModel[],
  tasks: readonly Task[],
): string {
  if (!args.json) return baseUrl;
  return JSON.stringify({
    baseUrl,
    simulated: true,
    models: models.map(({ alias, name }) => ({ alias, model: name })),
    tasks: tasks.map(({ id }) => id),
    seed: args.seed,
    timeScale: args['time-scale'],
    faults: args.fault ?? [],
  });
}

function checkNumbers(args: SimulateArguments): void {
  if (!(Number.isInteger(args.port) && args.port >= 0 && args.port <= 65_535))
    throw wrong('--port must be from 0 to 65535');
  checkWhole('seed', args.seed, 0);
  const scale = args['time-scale'];
  if (!(scale >= 0 && Number.isFinite(scale))) {
    throw wrong(
      '--time-scale must be a number of at least 0: 1 is the pace of the model, 0 as fast as it goes',
    );
  }
}

function wrong(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
