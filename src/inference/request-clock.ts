import type { RequestRecord } from '../domain/request-record.ts';
import type { JsonObject } from './transports/json.ts';
import { asObject, asText } from './transports/json.ts';

type Marks = RequestRecord['marks'];
/** The marks that come out of the stream; t0, connecting and acceptance belong to the transport. */
export type StreamMarks = Pick<
  Marks,
  'created' | 'firstReasoning' | 'firstAction' | 'firstText' | 'firstToolArg' | 'lastToken' | 'completed'
>;

export type TokenKind = 'raw-reasoning' | 'reasoning-summary' | 'text' | 'tool-argument';

const deltaKinds: Readonly<Record<string, TokenKind>> = {
  'response.reasoning_text.delta': 'raw-reasoning',
  'response.reasoning_summary_text.delta': 'reasoning-summary',
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'text',
  'response.function_call_arguments.delta': 'tool-argument',
  'response.custom_tool_call_input.delta': 'tool-argument',
};

const terminalTypes = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

/**
 * Turns stream events and the stamps of their arrival into the marks of a request. An event without a
 * token in it (an empty delta, an opened item, private events) moves no mark. Pure: it is told the time.
 */
export class RequestClock {
  readonly #marks: { -readonly [mark in keyof StreamMarks]: StreamMarks[mark] } = {};
  /** Told of every chunk with a token in it, once its marks stand. */
  onToken: (() => void) | undefined;
  #chunks = 0;
  #visibleBytes = 0;
  #rawReasoning = false;
  /** Items of which a delta was seen; a server may also send them whole. */
  readonly #streamedItems = new Set<string>();

  get marks(): StreamMarks {
    return { ...this.#marks };
  }

  /** Token-bearing chunks. */
  get chunks(): number {
    return this.#chunks;
  }

  /** Of the tokens whose arrival was seen: text, tool arguments and reasoning itself, but no summary of it. */
  get visibleBytes(): number {
    return this.#visibleBytes;
  }

  /** Whether reasoning itself was streamed; a summary of it is not the reasoning. */
  get rawReasoning(): boolean {
    return this.#rawReasoning;
  }

  /** An event of the Responses API. */
  observe(event: JsonObject, atUs: number): void {
    const type = asText(event['type']) ?? '';
    if (type === 'response.created') this.create(atUs);
    else if (terminalTypes.has(type)) this.complete(atUs);
    else if (type === 'response.output_item.done') this.#observeWholeItem(event, atUs);
    else this.#observeDelta(deltaKinds[type], event, atUs);
  }

  #observeDelta(kind: TokenKind | undefined, event: JsonObject, atUs: number): void {
    const delta = asText(event['delta']) ?? '';
    if (kind === undefined || delta === '') return;
    this.#streamedItems.add(itemKey(event));
    this.count(kind, atUs, delta);
  }

  #observeWholeItem(event: JsonObject, atUs: number): void {
    const item = asObject(event['item']) ?? {};
    const kind = wholeItemKind(item);
    if (kind === undefined || this.#streamedItems.has(itemKey(event))) return;
    this.count(kind, atUs, JSON.stringify(item['content'] ?? item['arguments'] ?? item['input'] ?? ''));
  }

  /** The provider has taken the request up. */
  create(atUs: number): void {
    this.#marks.created ??= atUs;
  }

  /** The answer is over. */
  complete(atUs: number): void {
    this.#marks.completed ??= atUs;
  }

  /** A chunk with a token of this kind in it, in any dialect; '' where a call has no arguments. */
  count(kind: TokenKind, atUs: number, words: string): void {
    this.#chunks += 1;
    if (kind !== 'reasoning-summary') this.#visibleBytes += Buffer.byteLength(words);
    this.#marks.lastToken = atUs;
    if (kind === 'raw-reasoning') this.#rawReasoning = true;
    this.#markFirst(kind, atUs);
    this.onToken?.();
  }

  #markFirst(kind: TokenKind, atUs: number): void {
    if (kind === 'raw-reasoning' || kind === 'reasoning-summary') {
      this.#marks.firstReasoning ??= atUs;
      return;
    }
    this.#marks.firstAction ??= atUs;
    if (kind === 'text') this.#marks.firstText ??= atUs;
    else this.#marks.firstToolArg ??= atUs;
  }
}

/** Several items may be open at once; output_index is the one name that every event of an item carries. */
function itemKey(event: JsonObject): string {
  return String(event['output_index'] ?? event['item_id']);
}

/** What came with an item that was sent in one piece, without deltas. */
function wholeItemKind(item: JsonObject): TokenKind | undefined {
  switch (item['type']) {
    case 'function_call':
    case 'custom_tool_call':
      return 'tool-argument';
    case 'message':
      return Array.isArray(item['content']) && item['content'].length > 0 ? 'text' : undefined;
    default:
      return undefined;
  }
}
