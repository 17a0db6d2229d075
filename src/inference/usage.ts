import { noUsage, type Usage } from '../domain/model.ts';
import type { ConversationItem } from './client.ts';
import { asNumber, asObject } from './transports/json.ts';

/** `usage` as the Responses API sends it in the terminal event; undefined where there is none. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  const input = asNumber(usage?.['input_tokens']);
  const output = asNumber(usage?.['output_tokens']);
  if (usage === undefined || input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    cachedInput: asNumber(asObject(usage['input_tokens_details'])?.['cached_tokens']) ?? 0,
    reasoning: asNumber(asObject(usage['output_tokens_details'])?.['reasoning_tokens']) ?? 0,
    estimated: false,
  };
}

/** `usage` of chat completions; null in every chunk but the last, with some servers. */
export function readChatUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  const input = asNumber(usage?.['prompt_tokens']);
  const output = asNumber(usage?.['completion_tokens']);
  if (usage === undefined || input === undefined || output === undefined) return undefined;
  const cachedInput =
    asNumber(asObject(usage['prompt_tokens_details'])?.['cached_tokens']) ??
    asNumber(usage['prompt_cache_hit_tokens']);
  const reasoning = asNumber(asObject(usage['completion_tokens_details'])?.['reasoning_tokens']);
  return { input, output, cachedInput: cachedInput ?? 0, reasoning: reasoning ?? 0, estimated: false };
}

/** Four characters a token: a rough figure, marked as estimated wherever it goes. */
export function estimateUsage(inputText: string, outputText: string): Usage {
  return {
    input: Math.ceil(inputText.length / 4),
    output: Math.ceil(outputText.length / 4),
    cachedInput: 0,
    reasoning: 0,
    estimated: true,
  };
}

/** The same rule for the items of an answer. */
export function estimateOutput(items: readonly ConversationItem[]): number {
  const texts = items.map((item) => (item.type === 'message' ? item.text : JSON.stringify(item)));
  return estimateUsage('', texts.join('')).output;
}

/**
 * What an answer that was stopped or cut has likely cost, for pace and budget only: a chunk is a token at the
 * least. Nothing where no token came.
 */
export function usageSoFar(chunks: number, input: number): Usage | undefined {
  return chunks === 0 ? undefined : { ...noUsage, input, output: chunks, estimated: true };
}
