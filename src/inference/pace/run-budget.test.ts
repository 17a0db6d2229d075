import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EvalrunError } from '../../domain/errors.ts';
import { type ModelProfile, noUsage, type Prices } from '../../domain/model.ts';
import { modelProfile } from '../../testing/tasks.ts';
import { createRunBudget } from './run-budget.ts';

const prices: Prices = {
  inputPerMillion: 1,
  cachedInputPerMillion: 0.1,
  outputPerMillion: 10,
  source: 'test',
};
const model: ModelProfile = { ...modelProfile(), prices };
const { prices: _, ...unpriced } = model;
const usage = (input: number, output: number) => ({ ...noUsage, input, output });

test('reserves before, settles after, and is spent when a reservation does not fit', () => {
  const budget = createRunBudget({ tokens: 100 });
  const first = budget.reserve(model, { input: 40, output: 20 });
  expect(budget.reserve(model, { input: 40, output: 0 })).toBeDefined();
  first?.settle(usage(10, 5));
  expect(budget.spending()).toEqual({ tokens: 15, usd: 60 / 1e6, estimated: false });
  expect(budget.reserve(model, { input: 45, output: 0 })).toBeDefined();
  expect(budget.spent.aborted).toBe(false);
  expect(budget.reserve(model, { input: 1, output: 0 })).toBeUndefined();
  expect(budget.spent.aborted).toBe(true);
  const { reason } = budget.spent;
  expect(reason).toBeInstanceOf(EvalrunError);
  expect(reason).toMatchObject({ code: 'budget', message: expect.stringContaining('100 tokens') });
});

test('counts dollars by the model’s prices, cached input at its own', () => {
  const budget = createRunBudget({ usd: 0.001 });
  const request = budget.reserve(model, { input: 500, output: 50 });
  request?.settle({ input: 500, cachedInput: 400, output: 10, reasoning: 5, estimated: true });
  expect(budget.spending()).toEqual({ tokens: 510, usd: expect.closeTo(0.00024, 10), estimated: true });
  expect(budget.reserve(model, { input: 0, output: 76 })).toBeDefined();
  expect(budget.reserve(model, { input: 1, output: 0 })).toBeUndefined();
});

test('a failure that cost nothing gives everything back, settling twice counts once', () => {
  const budget = createRunBudget({ tokens: 10 });
  const failed = budget.reserve(model, { input: 10, output: 0 });
  failed?.settle(undefined);
  failed?.settle(usage(10, 10));
  const next = budget.reserve(model, { input: 10, output: 0 });
  next?.settle(usage(4, 0));
  next?.settle(usage(4, 0));
  expect(budget.spending().tokens).toBe(4);
});

test('goes on from what was spent before; once spent it stays so', () => {
  const budget = createRunBudget({ tokens: 100 }, { tokens: 95, usd: 1, estimated: true });
  expect(budget.reserve(model, { input: 6, output: 0 })).toBeUndefined();
  expect(budget.reserve(model, { input: 1, output: 0 })).toBeUndefined();
  expect(budget.spending()).toEqual({ tokens: 95, usd: 1, estimated: true });
});

test('without limits it only counts; dollars are unknown where a model has no prices', () => {
  const budget = createRunBudget({});
  budget.reserve(unpriced, { input: 1e9, output: 1e9 })?.settle(usage(7, 3));
  expect(budget.spending()).toEqual({ tokens: 10, usd: undefined, estimated: false });
  expect(budget.spent.aborted).toBe(false);
});

test('settled and reserved never pass the limit where nobody takes more than was reserved', async () => {
  const request = fc.record({
    input: fc.nat({ max: 50 }),
    output: fc.nat({ max: 50 }),
    ticks: fc.nat({ max: 3 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 30 }),
      fc.integer({ min: 1, max: 600 }),
      async (all, tokens) => {
        const budget = createRunBudget({ tokens });
        let reserved = 0;
        let most = 0;
        await Promise.all(
          all.map(async ({ input, output, ticks, share, fails }) => {
            await new Promise((resolve) => setImmediate(resolve));
            const reservation = budget.reserve(model, { input, output });
            if (reservation === undefined) return;
            reserved += input + output;
            most = Math.max(most, budget.spending().tokens + reserved);
            for (let tick = 0; tick < ticks; tick += 1) await new Promise((resolve) => setImmediate(resolve));
            reserved -= input + output;
            reservation.settle(
              fails ? undefined : usage(Math.floor(input * share), Math.floor(output * share)),
            );
          }),
        );
        expect(most).toBeLessThanOrEqual(tokens);
        expect(budget.spending().tokens).toBeLessThanOrEqual(tokens);
        const wanted = all.reduce((sum, one) => sum + one.input + one.output, 0);
        if (wanted <= tokens) expect(budget.spent.aborted).toBe(false);
      },
    ),
    { numRuns: 100 },
  );
});
