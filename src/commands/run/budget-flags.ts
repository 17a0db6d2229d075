import { EvalrunError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import { checkWhole } from '../check-whole.ts';
import type { ChosenArm } from './choose-arms.ts';

export interface BudgetArguments {
  readonly 'budget-usd'?: number | undefined;
  readonly 'budget-tokens'?: number | undefined;
}

/** The budget that the flags give, over what stood before; undefined where there is none. */
export function budgetOf(args: BudgetArguments, before?: Run['budget']): Run['budget'] {
  const { 'budget-usd': usd = before?.usd, 'budget-tokens': tokens = before?.tokens } = args;
  if (usd !== undefined && !(usd > 0 && Number.isFinite(usd))) {
    throw new EvalrunError('--budget-usd must be above 0', { code: 'usage' });
  }
  checkWhole('budget-tokens', tokens, 1);
  if (usd === undefined && tokens === undefined) return undefined;
  return { ...(usd === undefined ? {} : { usd }), ...(tokens === undefined ? {} : { tokens }) };
}

/** What a request costs in dollars must be known before it is sent. */
export function refuseUnpriced(budget: Run['budget'], arms: readonly ChosenArm[]): void {
  if (budget?.usd === undefined) return;
  const unpriced = arms.find(({ model }) => model !== undefined && model.prices === undefined)?.model;
  if (unpriced === undefined) return;
  throw new EvalrunError(
    `--budget-usd: model "${unpriced.alias}" has no prices; put them under models.${unpriced.alias}.prices in ` +
      'evalrun.yaml (its fields stand in suites/models.yaml), or give --budget-tokens instead',
    { code: 'usage' },
  );
}
