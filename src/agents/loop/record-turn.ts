import { costUsd } from '../../domain/model.ts';
import { ttftUs } from '../../domain/request-record.ts';
import type { TrajectoryToolCall } from '../../domain/trajectory.ts';
import type { ConversationItem, ModelAnswer } from '../../inference/client.ts';
import type { AgentContext } from '../agent.ts';

/** A turn as the trajectory keeps it. */
export function recordTurn(
  answer: ModelAnswer & { status: 'completed' | 'incomplete' },
  calls: readonly TrajectoryToolCall[],
  context: AgentContext,
): void {
  const cost = costUsd(answer.usage, context.model?.prices);
  const reasoning = answer.items
    .flatMap((item) => (item.type === 'reasoning' ? [item.summary] : []))
    .join('\n');
  const ttft = ttftUs(answer.record);
  const message = textOf(answer.items);
  context.recordStep({
    source: 'agent',
    atMs: context.clock.wallMs(),
    message,
    ...(reasoning === '' ? {} : { reasoning }),
    toolCalls: calls,
    usage: answer.usage,
    ...(cost === undefined ? {} : { costUsd: cost }),
    extra: {
      turn: answer.record.turn,
      ...(ttft === undefined ? {} : { ttft_us: ttft }),
      marks: answer.record.marks,
    },
  });
}

export function textOf(items: readonly ConversationItem[]): string {
  return items.flatMap((item) => (item.type === 'message' ? [item.text] : [])).join('\n');
}

export function argumentsOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Malformed arguments are the model's; they are kept as it wrote them.
  }
  return { malformed: text };
}
