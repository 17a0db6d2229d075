import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isResolved, type Outcome, type Phase } from '../../domain/outcome.ts';
import { isFile } from '../../lib/is-file.ts';
import {
  elapsedUs,
  type Imported,
  type ImportedTrial,
  type ImportNames,
  isoTime,
  ledgerOfParts,
} from './imported.ts';
import { parseAs, readJson } from './read-json.ts';

const timing = z
  .looseObject({ started_at: z.string().nullish(), finished_at: z.string().nullish() })
  .nullish();

const trialSchema = z.looseObject({
  task_name: z.string(),
  trial_name: z.string(),
  task_checksum: z.string().nullish(),
  source: z.string().nullish(),
  config: z.looseObject({ agent: z.looseObject({ model_name: z.string().nullish() }).nullish() }).nullish(),
  agent_info: z.looseObject({
    name: z.string(),
    model_info: z.looseObject({ name: z.string().nullish() }).nullish(),
  }),
  agent_result: z
    .looseObject({
      n_input_tokens: z.number().nullish(),
      n_cache_tokens: z.number().nullish(),
      n_output_tokens: z.number().nullish(),
      cost_usd: z.number().nullish(),
    })
    .nullish(),
  verifier_result: z.looseObject({ rewards: z.record(z.string(), z.number()).nullish() }).nullish(),
  exception_info: z
    .looseObject({ exception_type: z.string(), exception_message: z.string().nullish() })
    .nullish(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
  environment_setup: timing,
  agent_setup: timing,
  agent_execution: timing,
  verifier: timing,
});
type Trial = z.infer<typeof trialSchema>;

export function looksLikeHarborTrial(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && 'trial_name' in document && 'agent_info' in document
  );
}

/** Paths of the trials' `result.json` in a job folder. */
export async function harborTrials(jobFolder: string): Promise<string[]> {
  const entries = await readdir(jobFolder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(jobFolder, name));
  const found: string[] = [];
  for (const folder of folders.sort()) {
    const path = join(folder, 'result.json');
    if ((await isFile(path)) && looksLikeHarborTrial(await readJson(path))) found.push(path);
  }
  return found;
}

/** Harbor's trials (https://github.com/harbor-framework/harbor), with their four timers and trajectories. */
export async function readHarbor(paths: readonly string[], names: ImportNames): Promise<Imported> {
  const trials: ImportedTrial[] = [];
  const sources = new Set<string>();
  for (const path of paths) {
    const trial = parseAs(trialSchema, await readJson(path), path);
    if (typeof trial.source === 'string') sources.add(trial.source);
    trials.push(await toTrial(trial, path, names));
  }
  return {
    system: 'harbor',
    dataset: { name: names.dataset ?? ([...sources].sort().join('+') || 'harbor') },
    trials,
    notes: [
      "Harbor times environment, agent setup, agent and verifier; the rest of a trial's time is unattributed.",
    ],
  };
}

async function toTrial(trial: Trial, path: string, names: ImportNames): Promise<ImportedTrial> {
  const model =
    names.model ?? trial.config?.agent?.model_name ?? trial.agent_info.model_info?.name ?? undefined;
  const startedAt = isoTime(trial.started_at);
  const endedAt = isoTime(trial.finished_at);
  const agentWallUs = elapsedUs(trial.agent_execution?.started_at, trial.agent_execution?.finished_at);
  const wallUs = elapsedUs(trial.started_at, trial.finished_at);
  const trajectoryPath = join(dirname(path), 'agent', 'trajectory.json');
  const cost = trial.agent_result?.cost_usd;
  return {
    taskId: trial.task_name,
    arm: { agent: names.agent ?? trial.agent_info.name, ...(model === undefined ? {} : { model }) },
    ...(typeof trial.task_checksum === 'string' ? { taskHash: trial.task_checksum } : {}),
    outcome: outcomeOf(trial),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(wallUs === undefined ? {} : { wallUs }),
    ...(agentWallUs === undefined ? {} : { agentWallUs }),
    ...usageOf(trial),
    ...(typeof cost === 'number' ? { costUsd: cost } : {}),
    ledger: ledgerOf(trial, wallUs),
    notes: [],
    ...((await isFile(trajectoryPath)) ? { trajectoryPath } : {}),
  };
}

/** `n_input_tokens` includes the cached ones, as ours do. */
function usageOf({ agent_result: result }: Trial): Pick<ImportedTrial, 'usage'> {
  const { n_input_tokens: input, n_output_tokens: output, n_cache_tokens: cachedInput } = result ?? {};
  if (typeof input !== 'number' || typeof output !== 'number') return {};
  return { usage: { input, output, cachedInput: cachedInput ?? 0, reasoning: 0, estimated: false } };
}

function ledgerOf(trial: Trial, wallUs: number | undefined): Record<string, number> {
  const us = (span: Trial['verifier']) => elapsedUs(span?.started_at, span?.finished_at);
  const parts = {
    sandbox: us(trial.environment_setup),
    'agent-setup': us(trial.agent_setup),
    agent: us(trial.agent_execution),
    verify: us(trial.verifier),
  };
  return ledgerOfParts(parts, wallUs);
}

/** Exceptions after which Harbor still verifies what the agent left. */
const agentEndings = { AgentTimeoutError: 'time-limit', NonZeroAgentExitCodeError: 'agent-failed' } as const;

function outcomeOf(trial: Trial): Outcome {
  const rewards = trial.verifier_result?.rewards;
  const exception = trial.exception_info;
  const type = exception?.exception_type ?? '';
  const ending = type in agentEndings ? agentEndings[type as keyof typeof agentEndings] : undefined;
  if (rewards !== null && rewards !== undefined && (type === '' || ending !== undefined)) {
    return { status: 'judged', resolved: isResolved(rewards), rewards, ending: ending ?? 'finished' };
  }
  if (type === 'CancelledError') return { status: 'cancelled', phase: 'agent', reason: 'interrupt' };
  const message = type === '' ? 'the trial has no reward' : `${type}: ${exception?.exception_message ?? ''}`;
  return { status: 'errored', phase: phaseOf(type), code: type || 'no-reward', message, retryable: false };
}

function phaseOf(exception: string): Phase {
  if (/^(Environment|Docker)/.test(exception)) return 'sandbox';
  if (exception.startsWith('AgentSetup')) return 'agent-setup';
  if (/^(Verifier|Reward)/.test(exception) || exception === '') return 'verify';
  return 'agent';
}
