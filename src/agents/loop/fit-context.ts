import type { ConversationItem } from '../../inference/client.ts';
import { charactersOf, charactersPerToken } from '../../inference/conversation-length.ts';

const removed =
  '[this output was removed to stay within the context window; run the command again if it is needed]';

export interface FitOptions {
  readonly contextTokens: number;
  /** What is kept free for the answer. */
  readonly reserveTokens: number;
  /** Below 1 after the provider found it too long: so much of the window, and of what it is now, may be filled. */
  readonly share?: number;
}

/**
 * The rule for a full context: once the conversation is estimated above the window less the reserve, the
 * oldest tool outputs are replaced by a note, one after the other, until it is at most two thirds full.
 * The task, the model's own words and the newest output stay. Undefined when that is not enough.
 */
export function fitContext(
  items: readonly ConversationItem[],
  options: FitOptions,
): readonly ConversationItem[] | undefined {
  const { share = 1 } = options;
  const window = (options.contextTokens - options.reserveTokens) * share;
  // The estimate may be far off; what was refused must become shorter whatever it says.
  const limit = share < 1 ? Math.min(window, estimateTokens(items) * share) : window;
  if (estimateTokens(items) <= limit) return items;
  const fitted = [...items];
  const newest = fitted.findLastIndex((item) => item.type === 'function-result');
  for (const [index, item] of fitted.entries()) {
    if (estimateTokens(fitted) <= (limit * 2) / 3) break;
    const isWorthIt = item.type === 'function-result' && item.output.length > removed.length;
    if (isWorthIt && index !== newest) fitted[index] = { ...item, output: removed };
  }
  return estimateTokens(fitted) <= limit ? fitted : undefined;
}

function estimateTokens(items: readonly ConversationItem[]): number {
  return Math.ceil(charactersOf(items) / charactersPerToken);
}
