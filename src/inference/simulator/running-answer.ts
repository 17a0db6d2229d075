import { z } from 'zod';
import type { AnswerPlan, PlannedUsage } from './answer-plan.ts';
import type { CreateRequest, WireItem } from './create-request.ts';
import type { WireEvent } from './frames.ts';
import type { PacedEvent } from './pace.ts';
import { responseObject } from './response-frames.ts';
import { countTokens } from './tokens.ts';

const steerSchema = z.strictObject({
  type: z.literal('response.steer'),
  previous_response_id: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({ type: z.string().optional() }))]),
});

export interface Steer {
  readonly input: readonly WireItem[];
  readonly receivedUs: number;
}

/** An answer on its way over a WebSocket, into which the other side may say something. */
export class RunningAnswer {
  readonly plan: AnswerPlan;
  readonly #createdAtSec: number;
  readonly #steered = new AbortController();
  readonly #items: WireEvent[] = [];
  #tokens = 0;
  #steer: Steer | undefined;

  constructor(plan: AnswerPlan, createdAtSec: number) {
    this.plan = plan;
    this.#createdAtSec = createdAtSec;
  }

  /** Aborted once the answer is to be ended in favour of its successor. */
  get steered(): AbortSignal {
    return this.#steered.signal;
  }

  get steer(): Steer | undefined {
    return this.#steer;
  }

  /** Items that have been sent whole. */
  get items(): readonly WireEvent[] {
    return this.#items;
  }

  /** The event that ends it before its time. */
  closing(): WireEvent {
    const response = responseObject({ ...this.plan, usage: this.#usage }, this.#createdAtSec, this.#items);
    const details = { status: 'incomplete', incomplete_details: { reason: 'steered' } };
    return { type: 'response.incomplete', response: { ...response, ...details } };
  }

  /** Of what has been sent: nobody pays for tokens that never came. */
  get #usage(): PlannedUsage | undefined {
    const { usage } = this.plan;
    if (usage === undefined) return undefined;
    return {
      ...usage,
      output: Math.min(usage.output, this.#tokens),
      reasoning: Math.min(usage.reasoning, this.#tokens),
    };
  }

  sent(events: readonly PacedEvent[]): void {
    for (const { event } of events) {
      if (typeof event['delta'] === 'string') this.#tokens += countTokens(event['delta']);
      if (event['type'] === 'response.output_item.done') this.#items.push(event['item'] as WireEvent); // as framed
    }
  }

  /** The event that answers a `response.steer`. */
  hear(frame: unknown, receivedUs: number): WireEvent {
    const parsed = steerSchema.safeParse(frame);
    if (!parsed.success) return steerFailed('invalid_request', z.prettifyError(parsed.error));
    const { previous_response_id: id, input } = parsed.data;
    const { responseId } = this.plan;
    if (id !== responseId)
      return steerFailed('response_not_found', `The response '${id}' is not in progress.`);
    const owed = this.#items.filter((item) => String(item['type']).endsWith('_call'));
    if (owed.length > 0) {
      const required = owed.map((item) => ({ type: `${item['type']}_output`, call_id: item['call_id'] }));
      return { type: 'response.steer.pending', response_id: responseId, required_input: required };
    }
    const items = typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input;
    this.#steer = { input: items, receivedUs };
    this.#steered.abort();
    return { type: 'response.steer.accepted', response_id: responseId };
  }

  /** What the successor answers, as if it had been asked for. */
  successor(request: CreateRequest, steer: Steer): CreateRequest {
    return { ...request, input: steer.input, previousResponseId: this.plan.responseId };
  }
}

export function steerFailed(code: string, message: string): WireEvent {
  return { type: 'response.steer.failed', error: { type: 'invalid_request_error', code, message } };
}
