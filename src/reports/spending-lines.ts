import type { Run } from '../domain/run.ts';

/** What a run with a budget has spent, as sentences. */
export function spendingLines({
  budget,
  spending,
  endedBy,
}: Pick<Run, 'budget' | 'spending' | 'endedBy'>): string[] {
  if (budget === undefined || spending === undefined) return [];
  const tokens = `${spending.tokens} tokens${budget.tokens === undefined ? '' : ` of ${budget.tokens}`}`;
  const usd = spending.usd === undefined ? [] : [`$${spending.usd.toFixed(4)}${ofUsd(budget.usd)}`];
  const estimated = spending.estimated ? ' (some of it estimated)' : '';
  return [
    `spent: ${[tokens, ...usd].join(', ')}${estimated}`,
    ...(endedBy === 'budget' ? ['the budget ended the run: its next request did not fit any more'] : []),
  ];
}

function ofUsd(limit: number | undefined): string {
  return limit === undefined ? '' : ` of $${limit}`;
}
