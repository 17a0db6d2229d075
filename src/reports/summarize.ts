import { type Arm, armKey, armName } from '../domain/arm.ts';
import type { Run } from '../domain/run.ts';
import { meanByTask } from '../statistics/by-task.ts';
import { median, type Percentile, percentile } from '../statistics/percentile.ts';
import { type Interval, wilsonInterval } from '../statistics/wilson.ts';
import type { KeptTry } from './load-run.ts';
import { isResolved } from './report-arms.ts';
import type { RequestSamples } from './request-samples.ts';

/** What a run says of one arm; every figure with the number it rests on. */
export interface ArmSummary {
  readonly arm: Arm;
  readonly name: string;
  readonly planned: number;
  readonly judged: number;
  readonly resolved: number;
  readonly errored: number;
  readonly cancelled: number;
  /** No final record yet. */
  readonly missing: number;
  readonly accuracy: Accuracy | undefined;
  readonly wallUs: readonly number[];
  readonly agentUs: readonly number[];
  readonly ttftMs: { readonly p50: Percentile; readonly p90: Percentile; readonly p95: Percentile };
  readonly turns: number;
  readonly decode: DecodeRate | undefined;
  readonly costUsd: { readonly total: number; readonly trials: number } | undefined;
  /** Microseconds by part over all trials with a final record. */
  readonly ledger: Readonly<Record<string, number>>;
  readonly outputTokens: number;
}

interface Accuracy {
  readonly value: number;
  /** The score if every trial without a verdict were a failure, and if every one were a success. */
  readonly bracket: Interval;
  readonly interval: Interval | undefined;
  readonly method: 'Wilson' | 'standard error by task';
}

/** Sum of tokens over sum of time, never a mean of ratios. */
interface DecodeRate {
  readonly tokensPerSecond: number;
  readonly requests: number;
  /** Requests whose rate cannot be measured, left out of both sums. */
  readonly leftOut: number;
}

export function summarizeArm(
  arm: Arm,
  run: Pick<Run, 'tasks' | 'attempts'>,
  finals: readonly KeptTry[],
  requests: readonly RequestSamples[],
): ArmSummary {
  const records = finals.filter((record) => armKey(record.arm) === armKey(arm));
  const judged = records.filter((record) => record.outcome.status === 'judged');
  const planned = run.tasks.length * run.attempts;
  const ttft = requests.flatMap(({ ttftMs }) => ttftMs);
  return {
    arm,
    name: armName(arm),
    planned,
    judged: judged.length,
    resolved: judged.filter(isResolved).length,
    errored: records.filter(({ outcome }) => outcome.status === 'errored').length,
    cancelled: records.filter(({ outcome }) => outcome.status === 'cancelled').length,
    missing: planned - records.length,
    accuracy: accuracyOf(judged, planned, run.attempts),
    wallUs: records.flatMap(({ wallUs }) => (wallUs === undefined ? [] : [wallUs])),
    agentUs: records.flatMap(({ agentWallUs }) => (agentWallUs === undefined ? [] : [agentWallUs])),
    ttftMs: { p50: percentile(ttft, 50), p90: percentile(ttft, 90), p95: percentile(ttft, 95) },
    turns: ttft.length,
    decode: decodeRateOf(requests),
    costUsd: costOf(records),
    ledger: sumLedgers(records),
    outputTokens: records.reduce((sum, { usage }) => sum + (usage?.output ?? 0), 0),
  };
}

/** Wilson's interval where each task was tried once, else the standard error with the task as the unit. */
function accuracyOf(judged: readonly KeptTry[], planned: number, attempts: number): Accuracy | undefined {
  if (judged.length === 0) return undefined;
  const resolved = judged.filter(isResolved).length;
  const bracket = { low: resolved / planned, high: (resolved + planned - judged.length) / planned };
  const value = resolved / judged.length;
  if (attempts === 1)
    return { value, bracket, interval: wilsonInterval(resolved, judged.length), method: 'Wilson' };
  const scores = Map.groupBy(judged, ({ taskId }) => taskId);
  const mean = meanByTask(
    new Map([...scores].map(([task, records]) => [task, records.map((r) => (isResolved(r) ? 1 : 0))])),
  );
  const error = mean?.standardError;
  const interval = error === undefined ? undefined : aroundMean(value, error);
  return { value, bracket, interval, method: 'standard error by task' };
}

function aroundMean(value: number, standardError: number): Interval {
  const spread = 1.959963984540054 * standardError;
  return { low: Math.max(0, value - spread), high: Math.min(1, value + spread) };
}

function decodeRateOf(requests: readonly RequestSamples[]): DecodeRate | undefined {
  const total = (of: (decode: RequestSamples['decode']) => number): number =>
    requests.reduce((sum, { decode }) => sum + of(decode), 0);
  const us = total((decode) => decode.us);
  if (us === 0) return undefined;
  return {
    tokensPerSecond: (total(({ tokens }) => tokens) * 1e6) / us,
    requests: total((decode) => decode.requests),
    leftOut: total(({ leftOut }) => leftOut),
  };
}

function costOf(records: readonly KeptTry[]): ArmSummary['costUsd'] {
  const costs = records.flatMap(({ costUsd }) => (costUsd === undefined ? [] : [costUsd]));
  return costs.length === 0 ? undefined : { total: costs.reduce((a, b) => a + b, 0), trials: costs.length };
}

function sumLedgers(records: readonly KeptTry[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const record of records) {
    for (const [part, us] of Object.entries(record.ledger)) sum[part] = (sum[part] ?? 0) + us;
  }
  return sum;
}

export function medianSeconds(us: readonly number[]): number | undefined {
  const middle = median(us);
  return middle === undefined ? undefined : middle / 1e6;
}
