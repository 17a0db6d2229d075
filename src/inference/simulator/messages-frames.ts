import type { AnswerPlan, PlannedCall, PlannedUsage } from './answer-plan.ts';
import { type Frame, mark, pause, type Rendering, token, type WireEvent } from './frames.ts';
import { splitTokens } from './tokens.ts';

/** An answer as Anthropic's Messages API tells it: blocks one after another. */
export function renderMessage(plan: AnswerPlan, showsThinking: boolean): Rendering {
  const message = {
    id: `msg_${plan.responseId.slice(5)}`,
    type: 'message',
    role: 'assistant',
    model: plan.model,
  };
  const stop_reason = plan.calls.length > 0 ? 'tool_use' : 'end_turn';
  const stop = { stop_reason, stop_sequence: null };
  const begun = { ...message, content: [], stop_reason: null, stop_sequence: null };
  const blocks = blocksOf(plan, showsThinking);
  const hidden = showsThinking ? 0 : (plan.reasoning?.tokens ?? 0);
  return {
    opening: [
      { type: 'message_start', message: { ...begun, ...usageField(plan.usage, 1) } },
      { type: 'ping' },
    ],
    frames: [...(hidden === 0 ? [] : [pause(hidden)]), ...blocks.flatMap(blockFrames)],
    closing: [{ type: 'message_delta', delta: stop, ...outputField(plan.usage) }, { type: 'message_stop' }],
    isNumbered: false,
    whole: {
      ...message,
      ...stop,
      content: blocks.map(({ block }) => block),
      ...usageField(plan.usage, plan.usage?.output ?? 0),
    },
  };
}

interface BlockPlan {
  /** As it stands in the finished message. */
  readonly block: WireEvent;
  /** As it is opened. */
  readonly opened: WireEvent;
  readonly delta: (text: string) => WireEvent;
  readonly text: string;
  readonly costPerToken: number;
  /** Deltas that hold no token. */
  readonly after: readonly WireEvent[];
}

function blocksOf(plan: AnswerPlan, showsThinking: boolean): readonly BlockPlan[] {
  const { reasoning, message, calls } = plan;
  return [
    ...(reasoning === undefined || !showsThinking ? [] : [thinkingBlock(reasoning)]),
    ...(message === undefined ? [] : [textBlock(message.text)]),
    ...calls.map(toolBlock),
  ];
}

function thinkingBlock({ summary, tokens }: NonNullable<AnswerPlan['reasoning']>): BlockPlan {
  const signature = Buffer.from(`simulated ${tokens} tokens`).toString('base64');
  return {
    block: { type: 'thinking', thinking: summary, signature },
    opened: { type: 'thinking', thinking: '', signature: '' },
    delta: (thinking) => ({ type: 'thinking_delta', thinking }),
    text: summary,
    costPerToken: tokens / Math.max(1, splitTokens(summary).length),
    after: [{ type: 'signature_delta', signature }],
  };
}

function textBlock(text: string): BlockPlan {
  return {
    block: { type: 'text', text },
    opened: { type: 'text', text: '' },
    delta: (piece) => ({ type: 'text_delta', text: piece }),
    text,
    costPerToken: 1,
    after: [],
  };
}

function toolBlock({ callId, name, input }: PlannedCall): BlockPlan {
  const base = { type: 'tool_use', id: callId, name };
  return {
    block: { ...base, input: JSON.parse(input) },
    opened: { ...base, input: {} },
    delta: (partial_json) => ({ type: 'input_json_delta', partial_json }),
    text: input,
    costPerToken: 1,
    after: [],
  };
}

function blockFrames(
  { opened, delta, text, costPerToken, after }: BlockPlan,
  index: number,
): readonly Frame[] {
  const deltaEvent = (content: WireEvent) => ({ type: 'content_block_delta', index, delta: content });
  const stream = { delta: (piece: string) => deltaEvent(delta(piece)) };
  const tokens = splitTokens(text).map((piece) => token(piece, stream, costPerToken));
  return [
    mark({ type: 'content_block_start', index, content_block: opened }),
    ...(tokens.length === 0 ? [pause(costPerToken)] : tokens),
    ...after.map((content) => mark(deltaEvent(content))),
    mark({ type: 'content_block_stop', index }),
  ];
}

/** Here `input_tokens` are those that were not cached. */
function usageField(usage: PlannedUsage | undefined, output: number): WireEvent {
  if (usage === undefined) return {};
  return {
    usage: {
      input_tokens: usage.input - usage.cached,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: usage.cached,
      output_tokens: output,
    },
  };
}

function outputField(usage: PlannedUsage | undefined): WireEvent {
  return usage === undefined ? {} : { usage: { output_tokens: usage.output } };
}
