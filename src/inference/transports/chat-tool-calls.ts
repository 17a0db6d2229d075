import type { ConversationItem } from '../client.ts';
import { asNumber, asObject, asText, type JsonObject } from './json.ts';

interface Call {
  readonly index: number | undefined;
  id: string | undefined;
  name: string;
  arguments: string;
}

/**
 * Puts tool calls together out of the pieces of chat completions: the name in the first, the arguments in
 * any number, told apart by `index`. Some servers send a call whole, without an index, with its arguments as
 * an object, or give every parallel call the index 0 and an id of its own.
 */
export class ChatToolCalls {
  readonly #calls: Call[] = [];

  /** What the piece brought of the arguments. */
  add(piece: JsonObject): string {
    const call = this.#callOf(piece);
    const fn = asObject(piece['function']);
    const text = argumentsText(fn?.['arguments']);
    call.id ??= asText(piece['id']) || undefined;
    if (call.name === '') call.name = asText(fn?.['name']) ?? '';
    call.arguments += text;
    return text;
  }

  get count(): number {
    return this.#calls.length;
  }

  /** How many calls there are of which no argument came. */
  get withoutArguments(): number {
    return this.#calls.filter((call) => call.arguments === '').length;
  }

  /** `answerId` makes a call's id where the server gave none; one that was cut off is no call. */
  items(answerId: string, wasCut: boolean): readonly ConversationItem[] {
    return this.#calls
      .map((call, at) => ({
        type: 'function-call' as const,
        callId: call.id ?? `call_${answerId}_${at}`,
        name: call.name,
        arguments: call.arguments === '' ? '{}' : call.arguments,
      }))
      .filter((item, at) => !wasCut || at < this.#calls.length - 1 || isJson(item.arguments));
  }

  #callOf(piece: JsonObject): Call {
    const known = this.#knownCallOf(piece);
    if (known !== undefined) return known;
    const call: Call = { index: asNumber(piece['index']), id: undefined, name: '', arguments: '' };
    this.#calls.push(call);
    return call;
  }

  #knownCallOf(piece: JsonObject): Call | undefined {
    const index = asNumber(piece['index']);
    const id = asText(piece['id']) || undefined;
    const begins = (asText(asObject(piece['function'])?.['name']) ?? '') !== '';
    const found =
      index !== undefined
        ? this.#calls.findLast((call) => call.index === index)
        : (this.#calls.find((call) => id !== undefined && call.id === id) ??
          (begins ? undefined : this.#calls.at(-1)));
    const isAnother = begins && id !== undefined && found?.id !== undefined && found.id !== id;
    return isAnother ? undefined : found;
  }
}

function argumentsText(value: unknown): string {
  return asText(value) ?? (asObject(value) === undefined ? '' : JSON.stringify(value));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // cut in the middle
  }
}
