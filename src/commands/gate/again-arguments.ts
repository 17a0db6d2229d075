import { stat } from 'node:fs/promises';
import type { Arm } from '../../domain/arm.ts';
import { EvalrunError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import type { RunArguments } from '../run/run-arguments.ts';
import type { GateArguments } from './run-gate.ts';

export interface AgainOptions {
  readonly run: Run;
  readonly arm: Arm;
  readonly tasks: readonly string[];
  readonly seed: number;
  readonly args: Pick<GateArguments, 'budget-usd' | 'budget-tokens' | 'results' | 'reports' | 'quiet'>;
}

const transports = {
  'responses-websocket': 'websocket',
  'responses-sse': 'sse',
  'chat-sse': 'chat',
  'messages-sse': undefined,
} as const;

/** The flags that run one arm of a run again, on some of its tasks. */
export async function againArguments({ run, arm, tasks, seed, args }: AgainOptions): Promise<RunArguments> {
  const model = run.models.find(({ alias }) => alias === arm.model);
  const settings = run.agents.find(({ name }) => name === arm.agent)?.settings;
  return {
    ...(await suiteOrDataset(run)),
    tasks,
    agent: [arm.agent],
    'agent-command': settings?.command,
    'agent-mount': settings?.mounts?.map(({ hostFolder, path }) => `${hostFolder}:${path}`),
    model: arm.model === undefined ? undefined : [arm.model],
    provider: model?.provider,
    transport: arm.transport === undefined ? undefined : transports[arm.transport],
    effort: arm.effort,
    attempts: run.attempts,
    jobs: run.jobs,
    seed,
    'timeout-multiplier': run.limits.timeoutMultiplier,
    'budget-usd': args['budget-usd'],
    'budget-tokens': args['budget-tokens'],
    fault: run.faults,
    'skip-refused': false,
    'dry-run': false,
    'image-map': run.imageMap.filter(({ standIn }) => !standIn).map(({ from, to }) => `${from}=${to}`),
    network: run.resources.network,
    'keep-containers': false,
    'allow-host-env': run.hostEnvAllowed,
    results: args.results,
    reports: args.reports,
    json: false,
    quiet: args.quiet,
    verbose: false,
  };
}

/** A run of a dataset by itself has no suite file. */
async function suiteOrDataset({
  runId,
  suite,
  datasets,
}: Run): Promise<Pick<RunArguments, 'suite' | 'dataset'>> {
  const isFile = (await stat(suite.path).catch(() => undefined))?.isFile() === true;
  if (isFile) return { suite: suite.path };
  const [only] = datasets;
  if (only !== undefined && datasets.length === 1) return { dataset: `${only.format}:${only.folder}` };
  throw new EvalrunError(`--confirm: run ${runId} cannot be run again: ${suite.path} is not there`, {
    code: 'usage',
  });
}
