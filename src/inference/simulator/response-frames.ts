import type { AnswerPlan, PlannedCall, PlannedUsage } from './answer-plan.ts';
import { type Frame, mark, pause, type Rendering, token, type WireEvent } from './frames.ts';
import { splitTokens } from './tokens.ts';

/** An answer as the Responses API tells it, over SSE and over WebSocket. */
export function renderResponse(plan: AnswerPlan, createdAtSec: number): Rendering {
  const parts = itemsOf(plan);
  const begun = responseObject(plan, createdAtSec, undefined);
  const whole = responseObject(
    plan,
    createdAtSec,
    parts.map((part) => part.item),
  );
  return {
    opening: [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
    ],
    frames: parts.flatMap((part, index) => part.frames(index)),
    closing: [{ type: 'response.completed', response: whole }],
    isNumbered: true,
    whole,
  };
}

/** What a chain remembers of an answer. */
export function outputItems(plan: AnswerPlan): readonly WireEvent[] {
  return itemsOf(plan).map((part) => part.item);
}

function itemsOf(plan: AnswerPlan): readonly ItemFrames[] {
  return [
    ...(plan.reasoning === undefined ? [] : [reasoningFrames(plan.reasoning, plan.responseId)]),
    ...(plan.message === undefined ? [] : [messageFrames(plan.message, plan.responseId)]),
    ...plan.calls.map(callFrames),
  ];
}

interface ItemFrames {
  readonly item: WireEvent;
  readonly frames: (outputIndex: number) => readonly Frame[];
}

function reasoningFrames(reasoning: NonNullable<AnswerPlan['reasoning']>, responseId: string): ItemFrames {
  const id = `rs_${responseId.slice(5)}`;
  const { summary, tokens } = reasoning;
  const part = { type: 'summary_text', text: summary };
  // Stands for the encrypted reasoning, which nobody but the provider reads.
  const encrypted_content = Buffer.from(`simulated ${tokens} tokens`).toString('base64');
  const item = { id, type: 'reasoning', summary: summary === '' ? [] : [part], encrypted_content };
  return {
    item,
    frames: (output_index) => {
      const at = { item_id: id, output_index, summary_index: 0 };
      const opened = { type: 'response.output_item.added', output_index, item: { ...item, summary: [] } };
      const closed = mark({ type: 'response.output_item.done', output_index, item });
      const added = { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } };
      if (summary === '') return [mark(opened), pause(tokens), closed];
      const stream = {
        delta: (delta: string) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta }),
      };
      // The summary comes evenly over the time that the reasoning itself, which is not sent, takes.
      const texts = splitTokens(summary);
      return [
        mark(opened),
        mark(added),
        ...texts.map((text) => token(text, stream, tokens / texts.length)),
        mark({ type: 'response.reasoning_summary_text.done', ...at, text: summary }),
        mark({ type: 'response.reasoning_summary_part.done', ...at, part }),
        closed,
      ];
    },
  };
}

function messageFrames(message: NonNullable<AnswerPlan['message']>, responseId: string): ItemFrames {
  const id = `msg_${responseId.slice(5)}`;
  const { text, phase } = message;
  const base = { id, type: 'message', role: 'assistant', phase };
  const part = { type: 'output_text', text, annotations: [], logprobs: [] };
  const item = { ...base, status: 'completed', content: [part] };
  return {
    item,
    frames: (output_index) => {
      const at = { item_id: id, output_index, content_index: 0 };
      const opened = { ...base, status: 'in_progress', content: [] };
      const stream = {
        delta: (delta: string) => ({ type: 'response.output_text.delta', ...at, logprobs: [], delta }),
      };
      return [
        mark({ type: 'response.output_item.added', output_index, item: opened }),
        mark({ type: 'response.content_part.added', ...at, part: { ...part, text: '' } }),
        ...splitTokens(text).map((piece) => token(piece, stream, 1)),
        mark({ type: 'response.output_text.done', ...at, text, logprobs: [] }),
        mark({ type: 'response.content_part.done', ...at, part }),
        mark({ type: 'response.output_item.done', output_index, item }),
      ];
    },
  };
}

/** How the two kinds of calls are spelled: a function's arguments, a custom tool's input. */
const callSpelling = {
  function: {
    type: 'function_call',
    idPrefix: 'fc',
    field: 'arguments',
    event: 'response.function_call_arguments',
  },
  custom: {
    type: 'custom_tool_call',
    idPrefix: 'ctc',
    field: 'input',
    event: 'response.custom_tool_call_input',
  },
} as const;

function callFrames({ kind, callId, name, input }: PlannedCall): ItemFrames {
  const { type, idPrefix, field, event } = callSpelling[kind];
  const id = `${idPrefix}_${callId.slice(5)}`;
  const base = { id, type, call_id: callId, name };
  const item = { ...base, status: 'completed', [field]: input };
  return {
    item,
    frames: (output_index) => {
      const at = { item_id: id, output_index };
      const opened = { ...base, status: 'in_progress', [field]: '' };
      const stream = { delta: (delta: string) => ({ type: `${event}.delta`, ...at, delta }) };
      const ended = {
        type: `${event}.done`,
        ...at,
        ...(kind === 'function' ? { name } : {}),
        [field]: input,
      };
      return [
        mark({ type: 'response.output_item.added', output_index, item: opened }),
        ...splitTokens(input).map((piece) => token(piece, stream, 1)),
        mark(ended),
        mark({ type: 'response.output_item.done', output_index, item }),
      ];
    },
  };
}

/** The response object of created, in_progress and the terminal event. */
export function responseObject(
  plan: AnswerPlan,
  createdAtSec: number,
  output: readonly WireEvent[] | undefined,
): WireEvent {
  return {
    id: plan.responseId,
    object: 'response',
    created_at: createdAtSec,
    status: output === undefined ? 'in_progress' : 'completed',
    model: plan.model,
    output: output ?? [],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: plan.metadata,
    parallel_tool_calls: true,
    previous_response_id: plan.previousResponseId ?? null,
    store: false,
    tool_choice: 'auto',
    tools: [],
    usage: output === undefined || plan.usage === undefined ? null : usageObject(plan.usage),
  };
}

function usageObject({ input, cached, output, reasoning }: PlannedUsage): WireEvent {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
