import type { ConversationItem } from './client.ts';

/** Characters for one token, the usual rule of thumb; only for what cannot wait for a provider's count. */
export const charactersPerToken = 4;

export function charactersOf(items: readonly ConversationItem[]): number {
  return items.reduce((sum, item) => sum + charactersOfItem(item), 0);
}

function charactersOfItem(item: ConversationItem): number {
  switch (item.type) {
    case 'message':
      return item.text.length;
    case 'reasoning':
      return item.summary.length + (item.encrypted?.length ?? 0);
    case 'function-call':
      return item.name.length + item.arguments.length;
    case 'function-result':
      return item.output.length;
    default:
      return item satisfies never;
  }
}
