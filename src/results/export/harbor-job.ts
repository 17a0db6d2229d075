import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Outcome } from '../../domain/outcome.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { RunFacts } from '../../domain/run.ts';
import { tryFiles } from '../run-folder.ts';
import type { ExportedFile } from './export-run.ts';

/** Harbor's job folder: a folder for each trial with result.json, trajectory and rewards, and the job's own result.json. */
export async function harborJob(
  runFolder: string,
  run: RunFacts,
  finals: readonly TrialRecord[],
): Promise<ExportedFile[]> {
  const jobId = uuidOf(run.runId);
  const files: ExportedFile[] = [];
  for (const record of finals) files.push(...(await trialFiles(runFolder, run, record, jobId)));
  return [
    ...files,
    json('config.json', { job_name: run.runId }),
    json('result.json', jobResult(run, finals, jobId)),
  ];
}

async function trialFiles(
  runFolder: string,
  run: RunFacts,
  record: TrialRecord,
  jobId: string,
): Promise<ExportedFile[]> {
  const name = trialName(record);
  const result = trialResult(run, record, { name, jobId });
  const trajectory = await readFile(join(runFolder, record.folder, tryFiles.trajectory), 'utf8').catch(
    () => undefined,
  );
  const { outcome } = record;
  return [
    json(`${name}/result.json`, result),
    json(`${name}/config.json`, result['config']),
    ...(trajectory === undefined ? [] : [{ path: `${name}/agent/trajectory.json`, content: trajectory }]),
    ...(outcome.status === 'judged' ? [json(`${name}/verifier/reward.json`, outcome.rewards)] : []),
    ...(outcome.status === 'errored'
      ? [{ path: `${name}/exception.txt`, content: `${outcome.message}\n` }]
      : []),
  ];
}

/** Harbor's own form: 32 characters of the task and seven more that tell trials apart. */
function trialName({ taskId, trialId }: TrialRecord): string {
  const suffix = createHash('sha256')
    .update(trialId)
    .digest('base64url')
    .replaceAll(/[-_]/g, 'x')
    .slice(0, 7);
  return `${basename(taskId).slice(0, 32)}__${suffix}`;
}

function trialResult(
  run: RunFacts,
  record: TrialRecord,
  { name, jobId }: { readonly name: string; readonly jobId: string },
): Record<string, unknown> {
  const { arm, usage } = record;
  const model = run.models.find(({ alias }) => alias === arm.model);
  return {
    id: uuidOf(`${run.runId}/${record.trialId}`),
    task_name: record.taskId,
    trial_name: name,
    trial_uri: `file:///${run.runId}/${name}`,
    task_id: { path: record.taskId },
    source: record.dataset,
    task_checksum: record.taskHash,
    config: {
      task: { path: record.taskId, source: record.dataset },
      trial_name: name,
      agent: { name: arm.agent, model_name: model?.model ?? arm.model ?? null },
      job_id: jobId,
    },
    agent_info: {
      name: arm.agent,
      version: run.agents.find((agent) => agent.name === arm.agent)?.version ?? 'unknown',
      model_info: model === undefined ? null : { name: model.model, provider: model.provider },
    },
    agent_result: {
      n_input_tokens: usage?.input ?? null,
      n_cache_tokens: usage?.cachedInput ?? null,
      n_output_tokens: usage?.output ?? null,
      cost_usd: record.costUsd ?? null,
      rollout_details: null,
      metadata: { simulated: record.simulated },
    },
    verifier_result: record.outcome.status === 'judged' ? { rewards: record.outcome.rewards } : null,
    exception_info: exceptionOf(record.outcome, record.endedAt),
    started_at: record.startedAt ?? null,
    finished_at: record.endedAt ?? null,
    ...timers(record),
    step_results: null,
  };
}

/** Harbor verifies after these two, and keeps their names. */
function exceptionOf(outcome: Outcome, at: string | undefined): Record<string, unknown> | null {
  const exception = (type: string, message: string) => ({
    exception_type: type,
    exception_message: message,
    exception_traceback: '',
    occurred_at: at ?? null,
  });
  if (outcome.status === 'errored') return exception(outcome.code, outcome.message);
  if (outcome.status === 'cancelled') return exception('CancelledError', outcome.reason);
  if (outcome.ending === 'time-limit')
    return exception('AgentTimeoutError', 'the agent ran into its time limit');
  return outcome.ending === 'agent-failed'
    ? exception('NonZeroAgentExitCodeError', 'the agent failed by itself')
    : null;
}

/** The four timers, laid one after the other from the start: Harbor keeps moments, the ledger keeps lengths. */
function timers({ startedAt, ledger }: TrialRecord): Record<string, unknown> {
  if (startedAt === undefined) return {};
  const sum = (...parts: readonly string[]) => parts.reduce((us, part) => us + (ledger[part] ?? 0), 0);
  const lengths = {
    environment_setup: sum('image', 'sandbox'),
    agent_setup: sum('agent-setup'),
    agent_execution: sum('model.connect', 'model.wait', 'model.decode', 'model.backoff', 'tool', 'agent'),
    verifier: sum('collect', 'verify'),
  };
  let atMs = Date.parse(startedAt);
  const spans = Object.entries(lengths).map(([name, us]) => {
    const started_at = new Date(atMs).toISOString();
    atMs += us / 1000;
    return [name, { started_at, finished_at: new Date(atMs).toISOString() }] as const;
  });
  return Object.fromEntries(spans);
}

function jobResult(run: RunFacts, finals: readonly TrialRecord[], jobId: string): Record<string, unknown> {
  const errored = finals.filter(({ outcome }) => outcome.status === 'errored').length;
  const cancelled = finals.filter(({ outcome }) => outcome.status === 'cancelled').length;
  return {
    id: jobId,
    started_at: run.startedAt ?? null,
    finished_at: run.endedAt ?? null,
    n_total_trials: finals.length,
    stats: {
      n_completed_trials: finals.length - errored - cancelled,
      n_errored_trials: errored,
      n_running_trials: 0,
      n_pending_trials: 0,
      n_cancelled_trials: cancelled,
    },
  };
}

/** The same run gives the same ids. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(basename(text)).update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function json(path: string, value: unknown): ExportedFile {
  return { path, content: `${JSON.stringify(value, null, 2)}\n` };
}
