import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arm } from '../domain/arm.ts';
import type { TrialRecord } from '../domain/record.ts';
import { type RequestRecord, requestRecordSchemaVersion } from '../domain/request-record.ts';
import type { Run } from '../domain/run.ts';
import { trialId } from '../domain/trial.ts';
import { between, logNormal, type Random, seededRandom } from '../lib/random.ts';
import { runFiles, tryFiles, tryFolder } from '../results/run-folder.ts';
import { runDocument, trialRecord } from './records.ts';

export interface GeneratedArm {
  readonly arm: Arm;
  /** Chance to solve, median working time and median time to first token. */
  readonly solves: number;
  readonly seconds: number;
  readonly ttftMs: number;
  readonly usd?: number;
}

export interface GeneratedRun {
  readonly runId: string;
  readonly arms: readonly GeneratedArm[];
  readonly tasks: number;
  readonly attempts?: number;
  readonly requestsPerTrial?: number;
  readonly groups?: number;
  readonly simulated?: boolean;
  readonly seed?: number;
  /** Changes a record before it is written. */
  readonly change?: (record: TrialRecord) => TrialRecord;
  readonly run?: Partial<Run>;
}

export const fastArm: GeneratedArm = {
  arm: { agent: 'loop', model: 'spark', transport: 'responses-websocket' },
  solves: 0.55,
  seconds: 20,
  ttftMs: 150,
};
export const deepArm: GeneratedArm = {
  arm: { agent: 'loop', model: 'deep', effort: 'high', transport: 'responses-websocket' },
  solves: 0.75,
  seconds: 120,
  ttftMs: 600,
  usd: 0.2,
};

/** Writes a run's folder as a run leaves it, drawn from a seed; returns the bytes of its records. */
export async function writeGeneratedRun(folder: string, options: GeneratedRun): Promise<number> {
  const { runId, arms, tasks, attempts = 1, requestsPerTrial = 4, seed = 1 } = options;
  await mkdir(folder, { recursive: true });
  const ids = Array.from({ length: tasks }, (_, index) => `task-${String(index).padStart(4, '0')}`);
  await writeFile(join(folder, runFiles.run), JSON.stringify(documentOf(options, ids), null, 2));
  let bytes = 0;
  const lines: string[] = [];
  for (const taskId of ids) {
    const hardness = seededRandom('hardness', seed, taskId)();
    for (const generated of arms) {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const random = seededRandom(seed, runId, taskId, generated.arm.model ?? '', attempt);
        const drawn = trialOf({ options, generated, taskId, attempt, hardness, random });
        const record = options.change?.(drawn) ?? drawn;
        lines.push(`${JSON.stringify(record)}\n`);
        bytes += await writeRequests(folder, record, generated, requestsPerTrial, random);
      }
    }
  }
  const text = lines.join('');
  await writeFile(join(folder, runFiles.trials), text);
  return bytes + text.length;
}

function documentOf({ runId, arms, attempts = 1, simulated = false, run }: GeneratedRun, ids: string[]): Run {
  return runDocument({
    runId,
    state: 'finished',
    simulated,
    attempts,
    datasets: [{ name: 'generated', format: 'none', folder: '', hash: 'h', title: '{n} generated tasks' }],
    tasks: ids.map((id) => ({ id, dataset: 'generated', hash: `hash of ${id}` })),
    arms: arms.map(({ arm }) => arm),
    models: arms.flatMap(({ arm }) =>
      arm.model === undefined ? [] : [{ alias: arm.model, provider: 'p', model: arm.model, simulated }],
    ),
    host: { cpu: 'cpu', cores: 8, memoryBytes: 2 ** 35, kernel: '6.1', node: 'v24', engine: 'engine 1' },
    ...run,
  });
}

interface TrialDraw {
  readonly options: GeneratedRun;
  readonly generated: GeneratedArm;
  readonly taskId: string;
  readonly attempt: number;
  readonly hardness: number;
  readonly random: Random;
}

function trialOf({ options, generated, taskId, attempt, hardness, random }: TrialDraw): TrialRecord {
  const { arm, solves, seconds, ttftMs, usd } = generated;
  const resolved = random() < solves * (1.4 - 0.8 * hardness);
  const workingUs = Math.round(logNormal(random, seconds, 0.5) * 1e6);
  const id = trialId(taskId, arm, attempt);
  const { groups = 8, requestsPerTrial = 4 } = options;
  const decodeUs = Math.round(workingUs * 0.6);
  const verifyUs = 2_000_000;
  return trialRecord({
    runId: options.runId,
    trialId: id,
    taskId,
    taskHash: `hash of ${taskId}`,
    dataset: 'generated',
    difficulty: hardness < 0.4 ? 'easy' : 'hard',
    group: `owner/repository-${between(seededRandom('group', taskId), 1, groups)}`,
    arm,
    attempt,
    simulated: options.simulated ?? false,
    outcome: { status: 'judged', resolved, rewards: { reward: resolved ? 1 : 0 }, ending: 'finished' },
    wallUs: workingUs + verifyUs,
    agentWallUs: workingUs,
    agentWorkingUs: workingUs,
    ledger: { 'model.decode': decodeUs, tool: workingUs - decodeUs, verify: verifyUs, unattributed: 0 },
    turns: requestsPerTrial,
    toolCalls: requestsPerTrial - 1,
    requests: { completed: requestsPerTrial, failed: 0 },
    usage: {
      input: 9000,
      cachedInput: 6000,
      output: between(random, 500, 4000),
      reasoning: 100,
      estimated: false,
    },
    ...(usd === undefined ? {} : { costUsd: logNormal(random, usd, 0.4) }),
    ttft: { firstUs: ttftMs * 1500, medianUs: ttftMs * 1000, n: requestsPerTrial },
    style: {
      filesChanged: between(random, 1, 4),
      linesAdded: between(random, 1, 60),
      linesRemoved: between(random, 0, 20),
      toolCalls: requestsPerTrial - 1,
      testCommands: between(random, 0, 3),
      testsAskedFor: false,
      toolCallsBeforeFirstEdit: 2,
      microsecondsBeforeFirstEdit: Math.round(workingUs * 0.3),
    },
    folder: tryFolder(id, 1),
  });
}

async function writeRequests(
  folder: string,
  record: TrialRecord,
  generated: GeneratedArm,
  count: number,
  random: Random,
): Promise<number> {
  if (count === 0) return 0;
  let at = between(random, 1e9, 2e9);
  const lines = Array.from({ length: count }, (_, index) => {
    const request = requestOf(record, generated, index + 1, at, random);
    at = (request.marks.completed ?? at) + 200_000;
    return `${JSON.stringify(request)}\n`;
  });
  const text = lines.join('');
  const place = join(folder, record.folder);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, tryFiles.requests), text);
  return text.length;
}

function requestOf(
  record: TrialRecord,
  { arm, ttftMs }: GeneratedArm,
  turn: number,
  t0: number,
  random: Random,
): RequestRecord {
  const firstUs = Math.round(logNormal(random, ttftMs * (turn === 1 ? 1.5 : 1), 0.3) * 1000);
  const output = between(random, 60, 600);
  const first = t0 + firstUs;
  const last = first + output * between(random, 900, 1500);
  return {
    schemaVersion: requestRecordSchemaVersion,
    trialId: record.trialId,
    turn,
    attempt: 1,
    kind: 'turn',
    provider: 'openai',
    model: `gpt-5.3-codex-${arm.model}`,
    servedModel: `gpt-5.3-codex-${arm.model}`,
    effort: arm.effort ?? 'medium',
    transport: arm.transport ?? 'responses-websocket',
    via: 'client',
    connectionReused: turn > 1,
    chained: turn > 1,
    simulated: record.simulated,
    status: 'completed',
    backoffUs: 0,
    marks: {
      ...(turn === 1 ? { connectStart: t0 - 60_000, connectEnd: t0 - 1000 } : {}),
      t0,
      accepted: t0 + 9000,
      created: t0 + 9000,
      firstReasoning: first,
      firstAction: first + 2000,
      firstText: first + 2000,
      firstToolArg: first + 9000,
      lastToken: last,
      completed: last + 1200,
    },
    chunks: Math.ceil(output / 3),
    reasoningStreamed: false,
    usage: { input: 4000 + 900 * turn, cachedInput: 900 * turn, output, reasoning: 20, estimated: false },
    responseId: `resp_${String(turn).padStart(32, '0')}`,
    requestBytes: 20_345,
    serverStamps: {
      received: t0 + 400,
      firstToken: first - 300,
      lastToken: last - 300,
      completed: last + 300,
    },
  };
}
