import { join, relative, resolve } from 'node:path';
import { type LatencyDocument, latencyDocumentVersion } from '../../domain/latency-document.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import { checkWhole } from '../check-whole.ts';
import type { CommandContext } from '../command.ts';
import { readConfiguration } from '../run/configuration.ts';
import { describeEvalrun, describeMachine } from '../run/describe-host.ts';
import { neither } from '../run/open-cassettes.ts';
import { openModels } from '../run/open-models.ts';
import { chooseRunId } from '../run/run-id.ts';
import { armFigures, type MeasuredArm } from './arm-figures.ts';
import { latencyModels } from './latency-models.ts';
import { LatencyStore } from './latency-store.ts';
import { latencyTable } from './latency-table.ts';
import { measureArms } from './measure-arms.ts';

export interface LatencyArguments {
  readonly model: readonly string[];
  readonly transport?: readonly string[] | undefined;
  readonly rounds: number;
  readonly provider?: string | undefined;
  readonly effort?: string | undefined;
  readonly seed?: number | undefined;
  readonly 'run-id'?: string | undefined;
  readonly results: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `evalrun latency`: measures, stores, prints. Exit code 0 where every arm went through all its rounds. */
export async function runLatency(args: LatencyArguments, context: CommandContext): Promise<number> {
  checkWhole('rounds', args.rounds, 1);
  checkWhole('seed', args.seed, 0);
  const { config, models: known } = await readConfiguration(context);
  const models = latencyModels({ ...args, provider: args.provider ?? config.provider }, known, context.env);
  const startedAt = new Date();
  const id = chooseRunId(args['run-id'], startedAt, 'latency');
  await using store = await LatencyStore.create(join(resolve(context.cwd, args.results), id));
  const arms = await measure(args, models, store, context);
  const document: LatencyDocument = {
    schemaVersion: latencyDocumentVersion,
    id,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    state: context.signal.aborted ? 'interrupted' : 'finished',
    simulated: models.some(({ provider }) => provider.kind === 'simulated'),
    rounds: args.rounds,
    seed: args.seed ?? 0,
    arms: arms.map(armFigures),
    evalrun: await describeEvalrun(context.packageFolder),
    host: describeMachine(),
  };
  await store.finish(document);
  const where = relative(context.cwd, store.folder) || '.';
  context.stdout.write(
    args.json ? `${JSON.stringify(document)}\n` : `${latencyTable(document)}\n\nresults: ${where}\n`,
  );
  return exitCode(document);
}

async function measure(
  args: LatencyArguments,
  models: readonly ModelProfile[],
  store: LatencyStore,
  { signal, stderr, env }: CommandContext,
): Promise<readonly MeasuredArm[]> {
  const seed = args.seed ?? 0;
  const arms = models.map((model) => ({
    arm: { agent: 'latency', model: model.alias, transport: model.transport },
    model,
  }));
  await using opened = await openModels({ arms, tasks: [], seed, env, cassettes: neither });
  const reached = arms.flatMap(({ arm }) => opened.profileOf(arm) ?? []);
  let failure: unknown;
  const broken = new AbortController();
  const measured = await measureArms({
    client: opened.client,
    models: reached,
    rounds: args.rounds,
    seed,
    signal: AbortSignal.any([signal, broken.signal]),
    onRecord: (record: RequestRecord) => {
      store.append(record).catch((error: unknown) => {
        failure ??= error;
        broken.abort(error);
      });
    },
    onRound: (round) => {
      if (!args.quiet) stderr.write(round === 0 ? 'first requests\n' : `round ${round} of ${args.rounds}\n`);
    },
  });
  await store.written();
  if (failure !== undefined) throw failure;
  return measured;
}

function exitCode({ state, arms }: LatencyDocument): number {
  if (state === 'interrupted') return 130;
  return arms.some(({ endedBy }) => endedBy !== undefined) ? 1 : 0;
}
