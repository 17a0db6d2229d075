import { ledgerParts } from '../domain/span.ts';
import { between, logNormal, type Random } from '../lib/random.ts';
import { refusal } from '../reports/figures.ts';
import type { ArmReport, ReportDocument, TrialReference } from '../reports/report-document.ts';
import { estimated } from './report-figures.ts';

type Task = ReportDocument['tasks'][number];

interface Pace {
  readonly seconds: number;
  readonly ttftMs: number;
  readonly solves: number;
  readonly usd: number;
}

const paces: Readonly<Record<string, Pace>> = {
  spark: { seconds: 34, ttftMs: 190, solves: 0.62, usd: 0.021 },
  deep: { seconds: 210, ttftMs: 1450, solves: 0.78, usd: 0.19 },
  middle: { seconds: 95, ttftMs: 620, solves: 0.7, usd: 0.07 },
};

export function paceOf(key: string): Pace {
  return paces[key] ?? { seconds: 60, ttftMs: 400, solves: 0.6, usd: 0.05 };
}

/** What a report says of an arm whose trials are these. */
export function armOf(key: string, tasks: readonly Task[], random: Random, hostile: string): ArmReport {
  const pace = paceOf(key);
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
          : refusal(`n = ${judged} of the 64 it needs${hostile}`, judged),
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
        p99: refusal(`n = ${judged * 14} of the 662 it needs`, judged * 14),
        maximum: estimated(pace.ttftMs * 3.1, judged * 14),
      },
      tpotMs: { p50: estimated(3.2, judged * 14), p95: estimated(7.9, judged * 14) },
      decodeTokensPerSecond: estimated(pace.seconds < 50 ? 1024 : 92, judged * 14),
      deliveredTokensPerSecond: estimated(pace.seconds < 50 ? 610 : 71, judged * 14),
    })),
    ledger: [...ledgerParts, 'unattributed'].map((part, index) => ({
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
  pace: Pace,
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
