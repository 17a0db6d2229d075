import { between, logNormal, type Random, seededRandom } from '../lib/random.ts';
import type {
  ArmReport,
  Figure,
  PairReport,
  ReportDocument,
  TrialReference,
} from '../reports/report-document.ts';

export interface DocumentSize {
  readonly arms?: readonly string[];
  readonly tasks?: number;
  readonly attempts?: number;
  /** Put into every text, for tests that want to see texts stay texts. */
  readonly hostile?: string;
}

type Task = ReportDocument['tasks'][number];

const paces: Readonly<Record<string, { seconds: number; ttftMs: number; solves: number; usd: number }>> = {
  spark: { seconds: 34, ttftMs: 190, solves: 0.62, usd: 0.021 },
  deep: { seconds: 210, ttftMs: 1450, solves: 0.78, usd: 0.19 },
  middle: { seconds: 95, ttftMs: 620, solves: 0.7, usd: 0.07 },
};

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
const parts = [
  'model.connect',
  'model.wait',
  'model.decode',
  'model.backoff',
  'tool',
  'agent',
  'image',
  'sandbox',
  'agent-setup',
  'collect',
  'verify',
  'teardown',
  'harness',
  'unattributed',
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
  const pace = paces[key] ?? { seconds: 60, ttftMs: 400, solves: 0.6, usd: 0.05 };
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

function armOf(key: string, tasks: readonly Task[], random: Random, hostile: string): ArmReport {
  const pace = paces[key] ?? { seconds: 60, ttftMs: 400, solves: 0.6, usd: 0.05 };
  const trials = tasks.flatMap((task) => task.trials[key] ?? []);
  const count = (status: string): number => trials.filter((trial) => trial.status === status).length;
  const [resolved, unresolved, errored] = [count('resolved'), count('unresolved'), count('errored')];
  const judged = resolved + unresolved;
  const times = trials
    .flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]))
    .sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
  const accuracy = estimated(resolved / judged, judged, 0.15);
  const p50 = estimated(at(0.5), judged, at(0.5) * 0.2);
  return {
    key,
    name: `loop-${key}${hostile}`,
    runId: '20261122-120000-swe-pro-1a2b',
    arm: { agent: 'loop', model: key, transport: 'responses-websocket' },
    modelName: `simulated-${key}${hostile}`,
    simulated: true,
    planned: trials.length,
    judged,
    resolved,
    errored,
    cancelled: 0,
    missing: 0,
    accuracy,
    bracket: { low: resolved / trials.length, high: (resolved + errored) / trials.length },
    passAtK: [1, 2, 3].map((k) => ({
      k,
      passAtK: estimated(1 - (1 - resolved / judged) ** k, tasks.length),
      passHatK: estimated((resolved / judged) ** k, tasks.length),
    })),
    timeToAnswer: {
      p50,
      p90:
        judged >= 64
          ? estimated(at(0.9), judged)
          : refused(`n = ${judged} of the 64 it needs${hostile}`, judged),
      mean: estimated(at(0.6), judged, at(0.6) * 0.15),
    },
    timeToSolve: { p50: estimated(at(0.45), resolved) },
    costUsd: {
      total: pace.usd * judged,
      perSolve: estimated((pace.usd * judged) / resolved, resolved, 0.01),
      note: `prices of models.yaml${hostile}`,
    },
    tokens: { input: 1_900_000, cachedInput: 1_450_000, output: 151_000, estimated: false },
    latency: ['responses-websocket'].map((transport) => ({
      transport,
      via: 'client' as const,
      requests: judged * 14,
      failed: 3,
      ttftFirstMs: estimated(pace.ttftMs * 1.6, judged),
      ttftMs: {
        p50: estimated(pace.ttftMs, judged * 14, pace.ttftMs * 0.04),
        p90: estimated(pace.ttftMs * 1.5, judged * 14),
        p95: estimated(pace.ttftMs * 1.7, judged * 14),
        p99: refused(`n = ${judged * 14} of the 662 it needs`, judged * 14),
        maximum: estimated(pace.ttftMs * 3.1, judged * 14),
      },
      tpotMs: { p50: estimated(3.2, judged * 14), p95: estimated(7.9, judged * 14) },
      decodeTokensPerSecond: estimated(pace.seconds < 50 ? 1024 : 92, judged * 14),
      deliveredTokensPerSecond: estimated(pace.seconds < 50 ? 610 : 71, judged * 14),
    })),
    ledger: parts.map((part, index) => ({
      part,
      seconds: at(0.5) * judged * partShare(part) * (0.9 + 0.02 * index),
    })),
    style: {
      filesChanged: estimated(2.1, judged),
      linesChanged: estimated(38.5, judged),
      linesBeyondReference: estimated(4.2, judged),
      toolCalls: estimated(17.3, judged),
      testCommandsUnasked: estimated(0.6, judged),
      secondsToFirstEdit: estimated(at(0.5) * 0.4, judged),
    },
    curves: curvesOf(pace, trials, judged, random, hostile),
  };
}

function partShare(part: string): number {
  const shares: Readonly<Record<string, number>> = {
    'model.wait': 0.2,
    'model.decode': 0.4,
    tool: 0.18,
    verify: 0.1,
    sandbox: 0.04,
  };
  return shares[part] ?? 0.01;
}

function curvesOf(
  pace: { seconds: number; ttftMs: number },
  trials: readonly TrialReference[],
  judged: number,
  random: Random,
  hostile: string,
): ArmReport['curves'] {
  const solved = trials
    .flatMap(({ status, seconds }) => (status === 'resolved' && seconds !== undefined ? [seconds] : []))
    .sort((a, b) => a - b);
  const ttft = Array.from({ length: 400 }, () => logNormal(random, pace.ttftMs, 0.35)).sort((a, b) => a - b);
  const points = [0, ...solved].map((x, at) => {
    const y = at / judged;
    return { x, y, low: Math.max(0, y - 0.12 * Math.sqrt(y)), high: Math.min(1, y + 0.12 * Math.sqrt(y)) };
  });
  const accuracy = solved.length / judged;
  const transport = 'responses-websocket';
  return {
    solvedByT: {
      points,
      band: `95 %, bootstrapped over tasks${hostile}`,
      method: `resolved within t / judged${hostile}`,
    },
    ttftEcdf: [{ transport, points: ttft.map((x, at) => ({ x, y: (at + 1) / ttft.length })) }],
    ttftByTurn: [
      {
        transport,
        points: Array.from({ length: 16 }, (_, at) => {
          const y = pace.ttftMs * (at === 0 ? 1.6 : 0.9 + at * 0.02);
          return { x: at + 1, y, low: y * 0.9, high: y * 1.12 };
        }),
      },
    ],
    ttftByInput: [
      {
        transport,
        points: Array.from({ length: 200 }, () => {
          const x = between(random, 1500, 60_000);
          return { x, y: logNormal(random, pace.ttftMs * (0.8 + x / 90_000), 0.25) };
        }),
      },
    ],
    accuracyByDuration: {
      measured: {
        minutes: estimated(pace.seconds / 60, judged, pace.seconds / 400),
        accuracy: estimated(accuracy, judged, 0.13),
      },
      estimatedMinutes: pace.seconds / 75,
    },
  };
}

function pairOf(
  a: string,
  b: string,
  { tasks, faster }: { readonly tasks: number; readonly faster: number },
  hostile: string,
): PairReport {
  return {
    a,
    b,
    tasks,
    tasksLeftOut: 0,
    intervalMethod: 'bootstrap over tasks',
    signFlipP: estimated(0.41, tasks),
    both: Math.round(tasks * 0.5),
    onlyA: Math.round(tasks * 0.1),
    onlyB: Math.round(tasks * 0.25),
    neither: Math.round(tasks * 0.15),
    difference: estimated(-0.139, tasks, 0.2),
    standardErrorPaired: estimated(0.102, tasks),
    clusters: {
      name: `repository${hostile}`,
      count: 5,
      standardError: estimated(0.117, 5),
      p: estimated(0.3, 5),
      interval: estimated(-0.139, 5, 0.24),
    },
    tango: { low: -0.35, high: 0.09 },
    newcombe: { low: -0.34, high: 0.08 },
    bootstrap: { low: -0.33, high: 0.06 },
    mcnemarExact: estimated(0.625, tasks),
    mcnemarMidP: estimated(0.453, tasks),
    separated: false,
    timeRatio: estimated(faster, 6, faster / 5),
    speedUpAtEqualAccuracy: [
      { share: 0.2, ratio: estimated(faster * 1.2, tasks, faster * 0.3) },
      { share: 0.4, ratio: estimated(faster, tasks, faster * 0.25) },
      { share: 0.6, ratio: estimated(faster * 0.6, tasks, faster * 0.3) },
      { share: 0.75, ratio: refused(`not reached by ${b}${hostile}`, tasks) },
    ],
    crossoverSeconds: estimated(412, tasks),
    sentences: [
      `For these 5 repositories the difference of 13.9 points is not separated from none.${hostile}`,
    ],
  };
}

function estimated(value: number, n: number, spread?: number): Figure {
  const interval = spread === undefined ? {} : { interval: { low: value - spread, high: value + spread } };
  return { status: 'estimated', value, n, ...interval };
}

function refused(reason: string, n: number): Figure {
  return { status: 'refused', reason, n };
}
