import { EvalrunError } from '../../domain/errors.ts';
import { costUsd, type ModelProfile, noUsage, type Usage } from '../../domain/model.ts';
import type { Budget, Reservation, Spending } from './budget.ts';

export interface BudgetLimits {
  readonly usd?: number | undefined;
  /** Input and output tokens. */
  readonly tokens?: number | undefined;
}

/** Undefined `usd`: a model without prices took part. */
interface Cost {
  readonly tokens: number;
  readonly usd: number | undefined;
}

/** What a run may cost and has cost; without limits it only counts. `before` is what an interrupted run spent. */
export function createRunBudget(limits: BudgetLimits, before?: Spending): Budget {
  return new RunBudget(limits, before ?? { tokens: 0, usd: 0, estimated: false });
}

class RunBudget implements Budget {
  readonly #limits: BudgetLimits;
  readonly #spent = new AbortController();
  readonly #reserved = new Set<Cost>();
  #settled: Spending;

  constructor(limits: BudgetLimits, before: Spending) {
    this.#limits = limits;
    this.#settled = before;
  }

  get spent(): AbortSignal {
    return this.#spent.signal;
  }

  reserve(
    model: ModelProfile,
    estimate: { readonly input: number; readonly output: number },
  ): Reservation | undefined {
    const wanted = costOf(model, { ...noUsage, ...estimate });
    if (this.#spent.signal.aborted) return undefined;
    if (!this.#fits(wanted)) {
      this.#spent.abort(spentError(this.#limits, this.#settled));
      return undefined;
    }
    this.#reserved.add(wanted);
    return { settle: (usage) => this.#settle(model, wanted, usage) };
  }

  spending(): Spending {
    return this.#settled;
  }

  #fits(wanted: Cost): boolean {
    const all = [this.#settled, ...this.#reserved, wanted];
    const sum = (amount: (cost: Cost) => number): number =>
      all.reduce((total, one) => total + amount(one), 0);
    const { tokens = Number.POSITIVE_INFINITY, usd = Number.POSITIVE_INFINITY } = this.#limits;
    return sum((cost) => cost.tokens) <= tokens && sum((cost) => cost.usd ?? 0) <= usd;
  }

  #settle(model: ModelProfile, reserved: Cost, usage: Usage | undefined): void {
    if (!this.#reserved.delete(reserved) || usage === undefined) return;
    const { tokens, usd } = costOf(model, usage);
    const before = this.#settled;
    this.#settled = {
      tokens: before.tokens + tokens,
      usd: before.usd === undefined || usd === undefined ? undefined : before.usd + usd,
      estimated: before.estimated || usage.estimated,
    };
  }
}

function costOf(model: ModelProfile, usage: Usage): Cost {
  return { tokens: usage.input + usage.output, usd: costUsd(usage, model.prices) };
}

function spentError(limits: BudgetLimits, spending: Spending): EvalrunError {
  const allowed = [
    ...(limits.usd === undefined ? [] : [`$${limits.usd}`]),
    ...(limits.tokens === undefined ? [] : [`${limits.tokens} tokens`]),
  ].join(' and ');
  return new EvalrunError(`the run's budget of ${allowed} is spent: the next request does not fit into it`, {
    code: 'budget',
    facts: { limits, spending },
  });
}
