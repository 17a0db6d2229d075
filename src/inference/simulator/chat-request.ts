import { z } from 'zod';
import { asText } from '../transports/json.ts';
import type { CreateRequest, WireItem } from './create-request.ts';
import type { RequestContext } from './request-metadata.ts';

const callSchema = z.looseObject({
  id: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string().default('') }),
});

const messageSchema = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({}))]).nullish(),
  tool_calls: z.array(callSchema).nullish(),
  tool_call_id: z.string().nullish(),
});

const toolSchema = z.looseObject({ function: z.looseObject({ name: z.string() }).optional() });

/** The body of POST /v1/chat/completions, read leniently. */
const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(messageSchema),
  tools: z.array(toolSchema).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

export interface ChatRequest {
  readonly request: CreateRequest;
  /** A stream says what it cost only to those who ask. */
  readonly includeUsage: boolean;
}

/** The request, or the sentence that says what is wrong with it. */
export function readChatRequest(value: unknown, context: RequestContext): ChatRequest | string {
  const parsed = bodySchema.safeParse(value);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const body = parsed.data;
  const tools = body.tools ?? [];
  return {
    includeUsage: body.stream_options?.include_usage ?? false,
    request: {
      model: body.model,
      instructions: '',
      input: body.messages.flatMap(itemsOf),
      tools: tools.map((tool) => tool.function?.name ?? ''),
      customTools: [],
      toolsText: tools.length === 0 ? '' : JSON.stringify(tools),
      metadata: { ...context.metadata, ...body.metadata },
      stream: body.stream ?? false,
      generate: true,
      isCompaction: false,
      previousResponseId: undefined,
    },
  };
}

function itemsOf(message: z.infer<typeof messageSchema>): WireItem[] {
  const { role, content } = message;
  if (role === 'tool') {
    return [{ type: 'function_call_output', call_id: message.tool_call_id ?? '', output: content ?? '' }];
  }
  const isSilent = content === undefined || content === null || content === '';
  const calls = (message.tool_calls ?? []).map((call) => ({
    type: 'function_call',
    call_id: call.id,
    name: asText(call.function.name),
    arguments: call.function.arguments,
  }));
  return [...(isSilent ? [] : [{ type: 'message', role, content }]), ...calls];
}
