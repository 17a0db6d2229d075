import type { TimePair } from '../../statistics/geometric-ratio.ts';
import { decideLatency } from '../../statistics/latency-gate.ts';
import { median } from '../../statistics/percentile.ts';
import type { GateLatency, GateSettings } from './gate-result.ts';
import { type GateSide, type GateTask, transportOf } from './gate-side.ts';

export type Metric = GateSettings['metric'];

/** Two runs of the same night that differ in nothing but the seed; or why there are none. */
export type LatencyControl =
  | { readonly status: 'known'; readonly a: GateSide; readonly b: GateSide }
  | { readonly status: 'unknown'; readonly reason: string };

export interface LatencyInput {
  readonly metric: Metric;
  readonly baseline: GateSide;
  readonly candidate: GateSide;
  readonly control: LatencyControl;
  /** Tasks that count: quarantined ones do not here either. */
  readonly counts: (taskId: string) => boolean;
  readonly settings: GateSettings;
}

/** Slow-down of the candidate as a ratio of geometric means over tasks, three-valued; refused where times say nothing. */
export function gateLatency({
  metric,
  baseline,
  candidate,
  control,
  counts,
  settings,
}: LatencyInput): GateLatency {
  const refusal = refusalOf(baseline, candidate);
  if (refusal !== undefined) return { status: 'refused', reason: refusal };
  const pairs = timePairs(metric, candidate, baseline, counts);
  if (pairs.length === 0)
    return { status: 'refused', reason: `no task has ${whatIsMeasured[metric]} on both sides` };
  const decided = decideLatency(
    pairs,
    control.status === 'known' ? timePairs(metric, control.b, control.a, counts) : [],
    {
      margin: settings.latencyMargin - 1,
      alpha: settings.alpha,
      floor: settings.latencyFloorMs,
      seed: settings.seed,
    },
  );
  const { verdict, ratio, limits, controlRatio } = decided;
  const medianSlowdownMs = median(pairs.map(({ a, b }) => a - b)) ?? 0;
  return {
    status: 'decided',
    verdict,
    reason: reasonOf(decided, medianSlowdownMs, control, settings),
    tasks: pairs.length,
    ...(ratio === undefined ? {} : { ratio }),
    ...(limits === undefined ? {} : { limits }),
    medianSlowdownMs,
    ...(controlRatio === undefined ? {} : { controlRatio }),
  };
}

const whatIsMeasured: Record<Metric, string> = {
  ttft: 'a time to first token',
  time: 'a time to answer of a resolved attempt',
};

function refusalOf(baseline: GateSide, candidate: GateSide): string | undefined {
  for (const [role, { latencyNotMeasured }] of Object.entries({ baseline, candidate })) {
    if (latencyNotMeasured !== undefined) return `the ${role}’s times: ${latencyNotMeasured}`;
  }
  const before = transportOf(baseline);
  const after = transportOf(candidate);
  if (before === after) return undefined;
  return `the transports differ (${before ?? 'none'}, candidate ${after ?? 'none'}): times are compared by transport only`;
}

/** a: candidate, b: baseline, in milliseconds. */
function timePairs(
  metric: Metric,
  candidate: GateSide,
  baseline: GateSide,
  counts: (taskId: string) => boolean,
): TimePair[] {
  const before = new Map(baseline.tasks.map((task) => [task.id, timeOf(metric, task)]));
  return candidate.tasks.flatMap((task) => {
    const a = timeOf(metric, task);
    const b = before.get(task.id);
    return a === undefined || b === undefined || !counts(task.id) ? [] : [{ a, b }];
  });
}

/** Median over a task's attempts; time to answer over those that resolved it, since giving up is quick. */
function timeOf(metric: Metric, { attempts }: GateTask): number | undefined {
  const times = attempts.flatMap(({ status, seconds, ttftMs }) => {
    if (metric === 'ttft') return ttftMs ?? [];
    return status === 'resolved' && seconds !== undefined ? seconds * 1000 : [];
  });
  return median(times);
}

/** In the gate's own words where the rule's would lack a unit or the way out. */
function reasonOf(
  { verdict, reason, limits }: ReturnType<typeof decideLatency>,
  medianSlowdownMs: number,
  control: LatencyControl,
  { latencyMargin, latencyFloorMs }: GateSettings,
): string {
  if (verdict !== 'inconclusive' || limits === undefined || limits.low <= latencyMargin) return reason;
  if (medianSlowdownMs < latencyFloorMs) {
    return `slower by more than the margin, but its median of ${medianSlowdownMs.toFixed(0)} ms lies below the floor of ${latencyFloorMs} ms`;
  }
  return control.status === 'unknown'
    ? `slower by more than the margin, but ${control.reason}: a slow host would look the same`
    : `slower by more than the margin, but ${reason}`;
}
