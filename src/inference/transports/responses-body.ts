import { createHash } from 'node:crypto';
import type { ResponseCreateParamsBase, ResponseInputItem } from 'openai/resources/responses/responses';
import type { ModelProfile } from '../../domain/model.ts';
import type { ConversationItem, FunctionTool, ModelRequest } from '../client.ts';

export interface BodyOptions {
  readonly model: ModelProfile;
  readonly trialId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export type ResponsesBody = ResponseCreateParamsBase & { readonly input: ResponseInputItem[] };

/** The body of a request, the same over both transports; `items` is the whole input or what is new of it. */
export function responsesBody(
  request: ModelRequest,
  items: readonly ConversationItem[],
  { model, trialId, metadata }: BodyOptions,
): ResponsesBody {
  return {
    model: model.model,
    instructions: request.instructions,
    input: items.map(wireItem),
    tools: request.tools.map(wireTool),
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: {
      summary: 'auto',
      // Providers add efforts faster than the package's types do.
      ...(model.effort === undefined ? {} : { effort: model.effort as 'high' }),
    },
    store: false,
    // Without storage the model's reasoning travels with the conversation, encrypted.
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: cacheKey(trialId),
    metadata: clampMetadata(metadata),
    ...(model.maxOutputTokens === undefined ? {} : { max_output_tokens: model.maxOutputTokens }),
  };
}

export function wireItem(item: ConversationItem): ResponseInputItem {
  switch (item.type) {
    case 'message':
      return {
        type: 'message',
        role: item.role,
        content: item.text,
        ...(item.phase === undefined ? {} : { phase: item.phase as 'commentary' }), // as it was received
      };
    case 'reasoning':
      return {
        type: 'reasoning',
        summary: item.summary === '' ? [] : [{ type: 'summary_text', text: item.summary }],
        ...(item.encrypted === undefined ? {} : { encrypted_content: item.encrypted }),
        ...(item.id === undefined ? {} : { id: item.id }),
      } as ResponseInputItem; // the types ask for an id; without storage the API does not
    case 'function-call':
      return { type: 'function_call', call_id: item.callId, name: item.name, arguments: item.arguments };
    case 'function-result':
      return { type: 'function_call_output', call_id: item.callId, output: item.output };
    default:
      return item satisfies never;
  }
}

function wireTool(tool: FunctionTool) {
  return {
    type: 'function' as const,
    name: tool.name,
    description: tool.description,
    parameters: { ...tool.parameters },
    strict: false,
  };
}

/** At most 64 characters by the API's rule. */
function cacheKey(trialId: string): string {
  return trialId.length <= 64 ? trialId : createHash('sha256').update(trialId).digest('hex');
}

/** The API takes 16 pairs of at most 64 and 512 characters. */
function clampMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(metadata).slice(0, 16);
  return Object.fromEntries(pairs.map(([key, value]) => [key.slice(0, 64), value.slice(0, 512)]));
}
