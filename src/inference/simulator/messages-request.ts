import { z } from 'zod';
import { asText } from '../transports/json.ts';
import type { CreateRequest, WireItem } from './create-request.ts';
import type { RequestContext } from './request-metadata.ts';

const blockSchema = z.looseObject({ type: z.string() });
type Block = z.infer<typeof blockSchema>;

const contentSchema = z.union([z.string(), z.array(blockSchema)]);

/** The body of POST /v1/messages, read leniently. Its `metadata` names the user and is not ours. */
const bodySchema = z.looseObject({
  model: z.string(),
  system: contentSchema.nullish(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema })),
  tools: z.array(z.looseObject({ name: z.string().optional() })).nullish(),
  stream: z.boolean().nullish(),
  thinking: z.looseObject({ type: z.string().optional() }).nullish(),
});

export interface MessagesRequest {
  readonly request: CreateRequest;
  /** Thinking is shown only to those who ask; otherwise it takes its time and is not seen. */
  readonly showsThinking: boolean;
}

/** The request, or the sentence that says what is wrong with it. */
export function readMessagesRequest(value: unknown, context: RequestContext): MessagesRequest | string {
  const parsed = bodySchema.safeParse(value);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const body = parsed.data;
  const tools = body.tools ?? [];
  return {
    showsThinking: ['enabled', 'adaptive'].includes(body.thinking?.type ?? ''),
    request: {
      model: body.model,
      instructions: textOf(body.system),
      input: body.messages.flatMap(({ role, content }) =>
        blocksOf(content).map((block) => itemOf(role, block)),
      ),
      tools: tools.map(({ name }) => name ?? ''),
      customTools: [],
      toolsText: tools.length === 0 ? '' : JSON.stringify(tools),
      metadata: context.metadata,
      stream: body.stream ?? false,
      generate: true,
      isCompaction: false,
      previousResponseId: undefined,
    },
  };
}

function itemOf(role: string, block: Block): WireItem {
  switch (block.type) {
    case 'tool_use': {
      const { id, name, input } = block;
      return { type: 'function_call', call_id: id, name, arguments: JSON.stringify(input ?? {}) };
    }
    case 'tool_result':
      return { type: 'function_call_output', call_id: block['tool_use_id'], output: block['content'] ?? '' };
    case 'thinking':
      return { type: 'reasoning', summary: asText(block['thinking']) ?? '' };
    default:
      return { type: 'message', role, content: asText(block['text']) ?? '' };
  }
}

function blocksOf(content: z.infer<typeof contentSchema>): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function textOf(system: z.infer<typeof contentSchema> | null | undefined): string {
  return blocksOf(system ?? [])
    .map((block) => asText(block['text']) ?? '')
    .join('\n');
}
