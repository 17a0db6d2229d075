import type { FunctionTool, ModelRequest } from './client.ts';
import { charactersOf, charactersPerToken } from './conversation-length.ts';

/** Where the model names no limit of its own. */
const likelyOutput = 2_000;

/** What the next request of a conversation is likely to take: the last count, and what came since by its length. */
export class ExpectedUsage {
  readonly #output: number;
  #last: { readonly characters: number; readonly input: number } | undefined;

  constructor(maxOutputTokens: number | undefined) {
    this.#output = maxOutputTokens ?? likelyOutput;
  }

  of(request: ModelRequest): { readonly input: number; readonly output: number } {
    const known = this.#last ?? { characters: 0, input: 0 };
    const more = Math.ceil((charactersOfRequest(request) - known.characters) / charactersPerToken);
    // A conversation that was cut short is shorter than the last count.
    return { input: Math.max(0, known.input + more), output: this.#output };
  }

  /** What the provider counted for this request. */
  learn(request: ModelRequest, input: number): void {
    this.#last = { characters: charactersOfRequest(request), input };
  }
}

function charactersOfRequest({ instructions, input, tools }: ModelRequest): number {
  return (
    instructions.length + charactersOf(input) + tools.reduce((sum, tool) => sum + charactersOfTool(tool), 0)
  );
}

function charactersOfTool({ name, description, parameters }: FunctionTool): number {
  return name.length + description.length + JSON.stringify(parameters).length;
}
