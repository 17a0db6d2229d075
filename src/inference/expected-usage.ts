import type { ConversationItem, FunctionTool, ModelRequest } from './client.ts';

/** Where the model names no limit of its own. */
const likelyOutput = 2_000;

/** What the next request of a conversation is likely to take: the last count and four characters a token. */
export class ExpectedUsage {
  readonly #output: number;
  #last: { readonly characters: number; readonly input: number } | undefined;

  constructor(maxOutputTokens: number | undefined) {
    this.#output = maxOutputTokens ?? likelyOutput;
  }

  of(request: ModelRequest): { readonly input: number; readonly output: number } {
    const known = this.#last ?? { characters: 0, input: 0 };
    const more = Math.ceil((charactersOf(request) - known.characters) / 4);
    // A conversation that was cut short is shorter than the last count.
    return { input: Math.max(0, known.input + more), output: this.#output };
  }

  /** What the provider counted for this request. */
  learn(request: ModelRequest, input: number): void {
    this.#last = { characters: charactersOf(request), input };
  }
}

function charactersOf({ instructions, input, tools }: ModelRequest): number {
  const items = input.reduce((sum, item) => sum + charactersOfItem(item), 0);
  return instructions.length + items + tools.reduce((sum, tool) => sum + charactersOfTool(tool), 0);
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

function charactersOfTool({ name, description, parameters }: FunctionTool): number {
  return name.length + description.length + JSON.stringify(parameters).length;
}
