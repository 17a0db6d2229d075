import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ConversationItem, FunctionTool, ModelRequest } from '../client.ts';
import { parseObject } from './json.ts';
import type { TransportOptions } from './transport.ts';

/**
 * The body of a chat completion. The reasoning of earlier turns is not sent back: servers either refuse it
 * or put it into the prompt as text.
 */
export function chatBody(
  request: ModelRequest,
  { model, baseUrl }: Pick<TransportOptions, 'model' | 'baseUrl'>,
  includeUsage: boolean,
): ChatCompletionCreateParamsStreaming {
  const { effort, maxOutputTokens } = model;
  return {
    model: model.model,
    messages: chatMessages(request),
    // An empty list is refused by some servers.
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(wireTool) }),
    stream: true,
    ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
    ...(maxOutputTokens === undefined ? {} : { [outputLimitName(baseUrl)]: maxOutputTokens }),
    // Providers add efforts faster than the package's types do.
    ...(effort === undefined ? {} : { reasoning_effort: effort as 'high' }),
  };
}

/** OpenAI's own reasoning models refuse the old name; the servers that copied the API know only that one. */
function outputLimitName(baseUrl: string): 'max_tokens' | 'max_completion_tokens' {
  return new URL(baseUrl).hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens';
}

function chatMessages({ instructions, input }: ModelRequest): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [{ role: 'system', content: instructions }];
  for (const item of input) addItem(messages, item);
  return messages;
}

/** What the model said and called within one answer is one message. */
function addItem(messages: ChatCompletionMessageParam[], item: ConversationItem): void {
  const last = messages.at(-1);
  switch (item.type) {
    case 'reasoning':
      return;
    case 'function-result':
      messages.push({ role: 'tool', tool_call_id: item.callId, content: item.output });
      return;
    case 'function-call':
      if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), wireCall(item)];
      else messages.push({ role: 'assistant', content: null, tool_calls: [wireCall(item)] });
      return;
    case 'message':
      // Few servers know the role of developers.
      messages.push({ role: item.role === 'developer' ? 'system' : item.role, content: item.text });
      return;
    default:
      item satisfies never;
  }
}

function wireCall(call: ConversationItem & { type: 'function-call' }): ChatCompletionMessageFunctionToolCall {
  // Servers parse them for their prompt and answer 400 to what is no object; the result says what was wrong.
  const args = parseObject(call.arguments) === undefined ? { malformed: call.arguments } : undefined;
  return {
    id: call.callId,
    type: 'function',
    function: { name: call.name, arguments: args === undefined ? call.arguments : JSON.stringify(args) },
  };
}

function wireTool({ name, description, parameters }: FunctionTool) {
  return { type: 'function' as const, function: { name, description, parameters: { ...parameters } } };
}
