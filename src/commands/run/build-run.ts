import { cpus } from 'node:os';
import type { ModelProfile } from '../../domain/model.ts';
import { type Limits, type Resources, type Run, runSchemaVersion } from '../../domain/run.ts';
import type { Task } from '../../domain/task.ts';
import type { ImageMap } from '../../sandbox/image-map.ts';
import type { EngineDescription } from '../../sandbox/sandbox.ts';
import { interventionsOf } from '../../suites/interventions.ts';
import type { Suite } from '../../suites/load-suite.ts';
import { type CassetteChoice, cassetteLines } from './cassette-flags.ts';
import type { ChosenArm } from './choose-arms.ts';
import { describeEvalrun, describeHost } from './describe-host.ts';
import type { OpenedDataset } from './open-dataset.ts';
import type { Refusal } from './refuse-tasks.ts';

export interface BuildRunOptions {
  readonly runId: string;
  readonly suite: Suite;
  readonly datasets: readonly OpenedDataset[];
  readonly tasks: readonly Task[];
  readonly leftOut: readonly Refusal[];
  readonly arms: readonly ChosenArm[];
  readonly attempts: number;
  readonly jobs: number;
  readonly seed: number;
  readonly timeoutMultiplier: number;
  readonly network: Resources['network'] | undefined;
  readonly budget: Run['budget'];
  readonly cassettes: CassetteChoice;
  readonly faults: Run['faults'];
  readonly imageMap: ImageMap;
  readonly engine: EngineDescription;
  readonly hostEnvAllowed: boolean;
  readonly packageFolder: string;
  readonly now: Date;
}

/** run.json as it is before the first trial. */
export async function buildRun(options: BuildRunOptions): Promise<Run> {
  const { suite, arms } = options;
  const models = [
    ...new Map(arms.flatMap(({ model }) => (model === undefined ? [] : [[model.alias, model]]))).values(),
  ];
  return {
    schemaVersion: runSchemaVersion,
    runId: options.runId,
    state: 'running',
    startedAt: options.now.toISOString(),
    resumed: [],
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    simulated: models.some(({ provider }) => provider.kind === 'simulated'),
    suite: { name: suite.file.name, title: suite.file.title, path: suite.path, hash: suite.hash },
    datasets: options.datasets.map(datasetLine),
    tasks: options.tasks.map((task) => ({ id: task.id, dataset: task.dataset.name, hash: task.hash })),
    ...(suite.file.interventions === undefined ? {} : { interventions: interventionsOf(suite) }),
    leftOut: [...options.leftOut],
    arms: arms.map(({ arm }) => arm),
    models: models.map(modelLine),
    agents: [
      ...new Map(
        arms.map(({ agent: { name, version, settings } }) => [
          name,
          { name, version, ...(settings === undefined ? {} : { settings }) },
        ]),
      ).values(),
    ],
    attempts: options.attempts,
    seed: options.seed,
    jobs: options.jobs,
    limits: limitsOf(suite, options.timeoutMultiplier),
    resources: resourcesOf(suite, options.network),
    imageMap: options.imageMap.map(({ from, to, standIn }) => ({ from, to, standIn: standIn ?? true })),
    images: {},
    evalrun: await describeEvalrun(options.packageFolder),
    host: describeHost(options.engine),
    hostEnvAllowed: options.hostEnvAllowed,
    ...(options.budget === undefined ? {} : { budget: options.budget }),
    ...cassetteLines(options.cassettes),
  };
}

function datasetLine({ dataset, folder, format }: OpenedDataset): Run['datasets'][number] {
  const { reference, hash } = dataset;
  return {
    name: reference.name,
    format: format ?? reference.format,
    folder,
    ...(reference.title === undefined ? {} : { title: reference.title }),
    ...(reference.version === undefined ? {} : { version: reference.version }),
    hash,
  };
}

function modelLine(model: ModelProfile): Run['models'][number] {
  const { provider } = model;
  const isSimulated = provider.kind === 'simulated';
  return {
    alias: model.alias,
    provider: provider.name,
    ...(provider.baseUrl === undefined ? {} : { baseUrl: provider.baseUrl }),
    model: model.model,
    transport: model.transport,
    ...(model.effort === undefined ? {} : { effort: model.effort }),
    style: model.style,
    contextTokens: model.contextTokens,
    ...(model.prices === undefined ? {} : { prices: model.prices }),
    simulated: isSimulated,
    ...(isSimulated ? { simulation: model.simulation } : {}),
  };
}

function limitsOf({ file }: Suite, timeoutMultiplier: number): Limits {
  const { limits = {} } = file;
  return {
    ...(limits.agentTimeoutSec === undefined ? {} : { agentTimeoutSec: limits.agentTimeoutSec }),
    ...(limits.verifierTimeoutSec === undefined ? {} : { verifierTimeoutSec: limits.verifierTimeoutSec }),
    commandTimeoutSec: limits.commandTimeoutSec ?? 120,
    maxTurns: limits.maxTurns ?? 100,
    ...(limits.maxTokens === undefined ? {} : { maxTokens: limits.maxTokens }),
    timeoutMultiplier,
    maxTries: limits.maxTries ?? 3,
  };
}

function resourcesOf({ file }: Suite, network: Resources['network'] | undefined): Resources {
  const { cpus: cores, memoryMb, pids, network: policy } = file.resources ?? {};
  const chosen = network ?? policy;
  return {
    ...(cores === undefined ? {} : { cpus: cores }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(pids === undefined ? {} : { pids }),
    ...(chosen === undefined ? {} : { network: chosen }),
  };
}

/** As many as there are cores, but four at least: a trial mostly waits for its model. */
export function defaultJobs(): number {
  return Math.max(4, cpus().length);
}
