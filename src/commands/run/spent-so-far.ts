import { EvalrunError } from '../../domain/errors.ts';
import type { TrialRecord } from '../../domain/record.ts';
import type { Run } from '../../domain/run.ts';
import type { Spending } from '../../inference/pace/budget.ts';

interface Kept {
  readonly run: Pick<Run, 'spending'>;
  readonly records: { readonly values: readonly TrialRecord[] };
}

/**
 * What a run has spent before it is resumed. run.json's own sum knows stopped answers, too, but a process that
 * was killed did not write it; then it is the sum of the kept records, and what was under way is not in it.
 */
export function spentSoFar({ run, records }: Kept): Spending {
  const kept = records.values.map(spendingOf).reduce(add, { tokens: 0, usd: 0, estimated: false });
  const told = run.spending;
  return told !== undefined && told.tokens >= kept.tokens ? { ...told, usd: told.usd } : kept;
}

function spendingOf({ usage, costUsd }: TrialRecord): Spending {
  const tokens = (usage?.input ?? 0) + (usage?.output ?? 0);
  return { tokens, usd: costUsd ?? (tokens === 0 ? 0 : undefined), estimated: usage?.estimated ?? false };
}

function add(a: Spending, b: Spending): Spending {
  return {
    tokens: a.tokens + b.tokens,
    usd: a.usd === undefined || b.usd === undefined ? undefined : a.usd + b.usd,
    estimated: a.estimated || b.estimated,
  };
}

/** A run that goes on with nothing left would start containers for requests that it must not send. */
export function refuseSpent(budget: Run['budget'], { tokens, usd = 0 }: Spending, runId: string): void {
  const { usd: usdLimit = Number.POSITIVE_INFINITY, tokens: tokenLimit = Number.POSITIVE_INFINITY } =
    budget ?? {};
  if (usd < usdLimit && tokens < tokenLimit) return;
  throw new EvalrunError(
    `run ${runId} has spent its budget (${tokens} tokens${usd === 0 ? '' : `, $${usd.toFixed(4)}`}); ` +
      'give a larger --budget-usd or --budget-tokens',
    { code: 'usage' },
  );
}
