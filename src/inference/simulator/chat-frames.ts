import type { AnswerPlan, PlannedCall, PlannedUsage } from './answer-plan.ts';
import { type Frame, mark, pause, type Rendering, token, type WireEvent } from './frames.ts';
import { splitTokens } from './tokens.ts';

/** An answer as a chat completion. Its reasoning stands in `reasoning_content`, as most servers call it. */
export function renderChat(plan: AnswerPlan, createdAtSec: number, includeUsage: boolean): Rendering {
  const facts = {
    id: `chatcmpl-${plan.responseId.slice(5)}`,
    created: createdAtSec,
    model: plan.model,
    system_fingerprint: 'simulated',
  };
  const base = { ...facts, object: 'chat.completion.chunk' };
  // With include_usage every chunk has the field, and one without choices has the figures.
  const usage = includeUsage ? { usage: null } : {};
  const chunk = (delta: object, reason: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    ...usage,
  });
  const finish = plan.calls.length > 0 ? 'tool_calls' : 'stop';
  const hasUsage = includeUsage && plan.usage !== undefined;
  return {
    opening: [chunk({ role: 'assistant', content: '' })],
    frames: framesOf(plan, chunk),
    closing: [
      chunk({}, finish),
      ...(hasUsage ? [{ ...base, choices: [], usage: usageObject(plan.usage) }] : []),
    ],
    farewell: '[DONE]',
    isNumbered: false,
    whole: {
      ...facts,
      object: 'chat.completion',
      choices: [{ index: 0, message: messageOf(plan), logprobs: null, finish_reason: finish }],
      usage: usageObject(plan.usage),
    },
  };
}

type Chunk = (delta: object) => WireEvent;

function framesOf(plan: AnswerPlan, chunk: Chunk): readonly Frame[] {
  return [
    ...(plan.reasoning === undefined ? [] : reasoningFrames(plan.reasoning, chunk)),
    ...(plan.message === undefined ? [] : textFrames(plan.message.text, chunk)),
    ...plan.calls.flatMap((call, index) => callFrames(call, index, chunk)),
  ];
}

function reasoningFrames(
  { summary, tokens }: NonNullable<AnswerPlan['reasoning']>,
  chunk: Chunk,
): readonly Frame[] {
  if (summary === '') return [pause(tokens)];
  const stream = { delta: (reasoning_content: string) => chunk({ reasoning_content }) };
  const texts = splitTokens(summary);
  return texts.map((text) => token(text, stream, tokens / texts.length));
}

function textFrames(text: string, chunk: Chunk): readonly Frame[] {
  const stream = { delta: (content: string) => chunk({ content }) };
  return splitTokens(text).map((piece) => token(piece, stream, 1));
}

function callFrames(call: PlannedCall, index: number, chunk: Chunk): readonly Frame[] {
  const head = chunk({ tool_calls: [{ index, ...callObject({ ...call, input: '' }) }] });
  const stream = {
    delta: (text: string) => chunk({ tool_calls: [{ index, function: { arguments: text } }] }),
  };
  return [mark(head), ...splitTokens(call.input).map((piece) => token(piece, stream, 1))];
}

function callObject({ callId, name, input }: PlannedCall): WireEvent {
  return { id: callId, type: 'function', function: { name, arguments: input } };
}

function messageOf({ message, reasoning, calls }: AnswerPlan): WireEvent {
  return {
    role: 'assistant',
    content: message?.text ?? null,
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning.summary }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callObject) }),
  };
}

function usageObject(usage: PlannedUsage | undefined): WireEvent | null {
  if (usage === undefined) return null;
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  };
}
