import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../../domain/outcome.ts';
import { isFile } from '../../lib/is-file.ts';
import {
  elapsedUs,
  type Imported,
  type ImportedTrial,
  type ImportNames,
  importFailure,
  isoTime,
  ledgerOfParts,
} from './imported.ts';
import { parseAs, readJson } from './read-json.ts';

const metadataFile = 'run_metadata.json';
const resultsFile = 'results.json';

const metadataSchema = z.looseObject({
  run_id: z.string().nullish(),
  dataset_name: z.string().nullish(),
  dataset_version: z.string().nullish(),
  agent_name: z.string().nullish(),
  model_name: z.string().nullish(),
});

const time = z.string().nullish();
const trialSchema = z.looseObject({
  task_id: z.string(),
  is_resolved: z.boolean().nullish(),
  failure_mode: z.string().nullish(),
  parser_results: z.record(z.string(), z.string()).nullish(),
  total_input_tokens: z.number().nullish(),
  total_output_tokens: z.number().nullish(),
  trial_started_at: time,
  trial_ended_at: time,
  agent_started_at: time,
  agent_ended_at: time,
  test_started_at: time,
  test_ended_at: time,
});
type Trial = z.infer<typeof trialSchema>;

const resultsSchema = z.looseObject({ results: z.array(trialSchema) });

/** Folders of Terminal-Bench 1 runs: this one, or those just below it (repeats are attempts). */
export async function terminalBenchRuns(folder: string): Promise<string[]> {
  if (await isFile(join(folder, metadataFile))) return [folder];
  const entries = await readdir(folder, { withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort();
  const found: string[] = [];
  for (const path of below) if (await isFile(join(path, metadataFile))) found.push(path);
  return found;
}

/** The `results.json` of one run or of several repeats of it, with the times that stand in them. */
export async function readTerminalBench(runs: readonly string[], names: ImportNames): Promise<Imported> {
  const trials: ImportedTrial[] = [];
  let dataset: Imported['dataset'] | undefined;
  for (const folder of runs) {
    const metadata = parseAs(
      metadataSchema,
      await readJson(join(folder, metadataFile)),
      join(folder, metadataFile),
    );
    const path = join(folder, resultsFile);
    const { results } = parseAs(resultsSchema, await readJson(path), path);
    const own = { name: names.dataset ?? metadata.dataset_name ?? 'terminal-bench', ...versionOf(metadata) };
    if (dataset !== undefined && JSON.stringify(dataset) !== JSON.stringify(own)) {
      throw importFailure(folder, `is of another dataset than ${runs[0]}; import them one by one`);
    }
    dataset = own;
    const arm = {
      agent: names.agent ?? metadata.agent_name ?? 'terminal-bench',
      model: names.model ?? metadata.model_name ?? modelFromFolder(folder, runs.length),
    };
    trials.push(...results.map((trial) => toTrial(trial, arm)));
  }
  return {
    system: 'terminal-bench-1',
    dataset: dataset ?? { name: 'terminal-bench' },
    trials,
    notes: [
      'A trial whose tests timed out or could not be read (is_resolved is null) is counted as errored here; Terminal-Bench counts it as not resolved.',
    ],
  };
}

function versionOf({ dataset_version: version }: z.infer<typeof metadataSchema>): { version?: string } {
  return version === null || version === undefined ? {} : { version };
}

/** The leaderboard's folders name the model where the metadata does not. */
function modelFromFolder(folder: string, runs: number): string {
  return basename(runs === 1 ? folder : join(folder, '..'));
}

function toTrial(trial: Trial, arm: ImportedTrial['arm']): ImportedTrial {
  const agentUs = elapsedUs(trial.agent_started_at, trial.agent_ended_at);
  const wallUs = elapsedUs(trial.trial_started_at, trial.trial_ended_at);
  const verifyUs = elapsedUs(trial.test_started_at, trial.test_ended_at);
  const startUs = elapsedUs(trial.trial_started_at, trial.agent_started_at);
  const { total_input_tokens: input, total_output_tokens: output } = trial;
  const startedAt = isoTime(trial.trial_started_at);
  const endedAt = isoTime(trial.trial_ended_at);
  return {
    taskId: trial.task_id,
    arm,
    outcome: outcomeOf(trial),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(wallUs === undefined ? {} : { wallUs }),
    ...(agentUs === undefined ? {} : { agentWallUs: agentUs }),
    ...(typeof input === 'number' && typeof output === 'number' && input + output > 0
      ? { usage: { input, output, cachedInput: 0, reasoning: 0, estimated: false } }
      : {}),
    ledger: ledgerOfParts({ sandbox: startUs, agent: agentUs, verify: verifyUs }, wallUs),
    notes: [],
  };
}

function outcomeOf(trial: Trial): Outcome {
  const mode = trial.failure_mode ?? 'unset';
  if (typeof trial.is_resolved !== 'boolean') {
    const message = `Terminal-Bench came to no verdict: ${mode}`;
    return { status: 'errored', phase: 'verify', code: mode, message, retryable: false };
  }
  const statuses = Object.values(trial.parser_results ?? {});
  const passed = statuses.filter((status) => status === 'passed').length;
  return {
    status: 'judged',
    resolved: trial.is_resolved,
    rewards: { reward: trial.is_resolved ? 1 : 0 },
    ...(statuses.length === 0 ? {} : { tests: { passed, failed: statuses.length - passed } }),
    ending:
      mode === 'agent_timeout' ? 'time-limit' : mode === 'unknown_agent_error' ? 'agent-failed' : 'finished',
  };
}
