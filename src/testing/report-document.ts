import { between, logNormal, type Random, seededRandom } from '../lib/random.ts';
import type { ReportDocument, TrialReference } from '../reports/report-document.ts';
import { armOf, paceOf } from './report-arm.ts';
import { pairOf } from './report-pair.ts';

export interface DocumentSize {
  readonly arms?: readonly string[];
  readonly tasks?: number;
  readonly attempts?: number;
  /** Put into every text, for tests that want to see texts stay texts. */
  readonly hostile?: string;
}

type Task = ReportDocument['tasks'][number];

const taskNames = [
  'cronspan',
  'csvql',
  'http-routes',
  'job-queue',
  'layercfg',
  'plainmark',
  'shardcache',
  'sheet-engine',
  'tabq',
  'taskline',
  'text-templates',
  'wayfare',
];
/** A report as it may come from a run: not measured, but of the shape and spread of one. Seeded. */
export function reportDocument(size: DocumentSize = {}): ReportDocument {
  const { arms: keys = ['spark', 'deep'], tasks: taskCount = 12, attempts = 3, hostile = '' } = size;
  const random = seededRandom('report-document', taskCount, attempts);
  const tasks = Array.from({ length: taskCount }, (_, at) => taskOf(at, keys, attempts, random, hostile));
  const arms = keys.map((key) => armOf(key, tasks, random, hostile));
  return {
    schemaVersion: 1,
    kind: 'run',
    title: `swe-pro (swe-pro-mini, ${taskCount} bundled tasks; not SWE-Bench Pro)${hostile}`,
    labels: ['SIMULATED'],
    generatedAt: '2026-11-22T12:00:00.000Z',
    evalrunVersion: '0.1.0',
    seed: 7,
    verdict: [
      `deep solves more of these tasks than spark: 75 % against 61.1 %, but the difference of 13.9 points is not separated from none (95 % interval −6.2 … +34.0).${hostile}`,
      'spark answers 6.1 times sooner at the median (34.2 s against 209 s), and its first token comes after 188 ms against 1452 ms.',
      'A solved task costs $0.034 with spark and $0.25 with deep.',
    ],
    runs: [runOf(hostile)],
    arms,
    pairs: keys
      .slice(1)
      .map((a, at) => pairOf(a, keys[0] ?? '', { tasks: taskCount, faster: 6 / (at + 1) }, hostile)),
    tieGroups: keys.length > 2 ? [keys.slice(1), [keys[0] ?? '']] : [],
    leftOut: [
      {
        reason: `errored: the container engine did not answer${hostile}`,
        count: 2,
        examples: ['wayfare.loop-deep.2', 'tabq.loop-deep.1'],
      },
    ],
    tasks,
    warnings: [`trials.jsonl line 19: not valid JSON (cut off while it was written?)${hostile}`],
  };
}

function runOf(hostile: string): ReportDocument['runs'][number] {
  return {
    runId: `20261122-120000-swe-pro-1a2b${hostile}`,
    suite: `swe-pro${hostile}`,
    datasets: [`swe-pro-mini${hostile}`],
    startedAt: '2026-11-22T11:20:00.000Z',
    host: `8 cores, 32 GiB${hostile}`,
    engine: `Docker 28.0${hostile}`,
    seed: 7,
    jobs: 4,
    state: 'finished',
    notes: [
      `The embedded simulator answered, not a model: its solve rates and times are settings.${hostile}`,
    ],
  };
}

function taskOf(
  at: number,
  keys: readonly string[],
  attempts: number,
  random: Random,
  hostile: string,
): Task {
  const name = taskNames[at % taskNames.length] ?? 'task';
  const taskId = `${at < taskNames.length ? name : `${name}-${at}`}${hostile}`;
  const hardness = random();
  return {
    taskId,
    dataset: `swe-pro-mini${hostile}`,
    group: `repository-${at % 5}${hostile}`,
    difficulty: `${hardness < 0.4 ? 'easy' : hardness < 0.8 ? 'medium' : 'hard'}${hostile}`,
    trials: Object.fromEntries(
      keys.map((key) => [
        key,
        Array.from({ length: attempts }, (_, number) =>
          trialOf(taskId, key, number + 1, hardness, random, hostile),
        ),
      ]),
    ),
  };
}

function trialOf(
  taskId: string,
  key: string,
  attempt: number,
  hardness: number,
  random: Random,
  hostile: string,
): TrialReference {
  const pace = paceOf(key);
  const trialId = `${taskId}.loop-${key}.${attempt}`;
  const id = `run/${trialId}`;
  if (random() < 0.03)
    return {
      id,
      trialId,
      attempt,
      status: 'errored',
      message: `sandbox: the container ended (exit code 137)${hostile}`,
    };
  const resolved = random() < pace.solves * (1.25 - 0.5 * hardness);
  const seconds = logNormal(random, pace.seconds, 0.5);
  return {
    id,
    trialId,
    attempt,
    status: resolved ? 'resolved' : 'unresolved',
    ending: `${resolved || random() < 0.8 ? 'finished' : 'time-limit'}${hostile}`,
    seconds,
    ttftMs: logNormal(random, pace.ttftMs, 0.3),
    costUsd: logNormal(random, pace.usd, 0.4),
    outputTokens: between(random, 900, 9000),
    linesChanged: between(random, 3, 140),
    filesChanged: between(random, 1, 6),
    toolCalls: between(random, 6, 40),
  };
}
