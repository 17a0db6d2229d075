import type { Usage } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { ConversationItem } from '../client.ts';
import { failureOfEvent } from '../failures.ts';
import { RequestClock, type TokenKind } from '../request-clock.ts';
import { asNumber, asObject, asText, type JsonObject, parseObject } from '../transports/json.ts';
import { readStamps } from '../transports/server-stamps.ts';
import type { ReaderOptions, ReadState, StreamReader, Terminal } from '../transports/stream-reader.ts';

interface Block {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  text: string;
}

/** A block's or a delta's field with its words, and what they are to the clock. */
const tokenFields: Readonly<Record<string, { readonly field: string; readonly kind: TokenKind }>> = {
  text: { field: 'text', kind: 'text' },
  text_delta: { field: 'text', kind: 'text' },
  thinking: { field: 'thinking', kind: 'raw-reasoning' },
  thinking_delta: { field: 'thinking', kind: 'raw-reasoning' },
  input_json_delta: { field: 'partial_json', kind: 'tool-argument' },
};

/** Reads the events of one answer of Anthropic's Messages API. */
export class MessagesReader implements StreamReader {
  readonly clock = new RequestClock();
  readonly #options: ReaderOptions;
  readonly #blocks = new Map<number, Block>();
  #terminal: Terminal | undefined;
  #eventCount = 0;
  #message: JsonObject = {};
  #usage: JsonObject = {};
  #stopReason: string | undefined;
  #serverStamps: RequestRecord['serverStamps'];
  readonly serverTiming = undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  read(text: string, atUs: number): ReadState {
    const event = parseObject(text);
    if (event === undefined) return 'malformed';
    this.#eventCount += 1;
    this.#keep(event, atUs);
    return this.close();
  }

  /** Without `message_stop` an answer is cut. */
  close(): ReadState {
    return this.#terminal === undefined ? 'open' : 'ended';
  }

  get terminal(): Terminal | undefined {
    return this.#terminal;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  get items(): readonly ConversationItem[] {
    return [...this.#blocks.values()].map(itemOf).filter((item) => item !== undefined);
  }

  get refusal(): string {
    return this.#stopReason === 'refusal' ? this.#text : '';
  }

  get usage(): Usage | undefined {
    return readMessagesUsage(this.#usage);
  }

  get responseId(): string | undefined {
    return asText(this.#message['id']);
  }

  get servedModel(): string | undefined {
    return asText(this.#message['model']);
  }

  get serverStamps(): RequestRecord['serverStamps'] {
    return this.#serverStamps;
  }

  get #text(): string {
    const texts = [...this.#blocks.values()].filter(({ type }) => type === 'text');
    return texts.map(({ text }) => text).join('');
  }

  #keep(event: JsonObject, atUs: number): void {
    switch (event['type']) {
      case 'message_start':
        this.#message = asObject(event['message']) ?? {};
        this.#usage = asObject(this.#message['usage']) ?? {};
        this.clock.create(atUs);
        return;
      case 'content_block_start':
        this.#open(asNumber(event['index']) ?? 0, asObject(event['content_block']) ?? {}, atUs);
        return;
      case 'content_block_delta':
        this.#add(asNumber(event['index']) ?? 0, asObject(event['delta']) ?? {}, atUs);
        return;
      case 'content_block_stop':
        this.#closeBlock(asNumber(event['index']) ?? 0, atUs);
        return;
      case 'message_delta':
        this.#stopReason = asText(asObject(event['delta'])?.['stop_reason']) ?? this.#stopReason;
        // Its figures are totals: each replaces the one of message_start.
        this.#usage = { ...this.#usage, ...asObject(event['usage']) };
        return;
      case 'message_stop':
        this.#end(terminalOf(this.#stopReason), atUs);
        return;
      case 'error':
        this.#end({ kind: 'failed', failure: failureOfEvent(event, this.#options.wallMs()) }, atUs);
        return;
      case 'evalrun.stamps':
        this.#serverStamps = readStamps(asObject(event['stamps']));
        return;
      default:
        return; // ping, and what comes to be added
    }
  }

  #open(index: number, start: JsonObject, atUs: number): void {
    const type = asText(start['type']) ?? '';
    const block = { type, id: asText(start['id']) ?? '', name: asText(start['name']) ?? '', text: '' };
    this.#blocks.set(index, block);
    this.#count(block, start, atUs);
    const input = asObject(start['input']); // whole where the answer was not streamed, else empty
    if (input !== undefined && Object.keys(input).length > 0) block.text = JSON.stringify(input);
  }

  #add(index: number, delta: JsonObject, atUs: number): void {
    const block = this.#blocks.get(index);
    if (block !== undefined) this.#count(block, delta, atUs);
  }

  /** A call that needs no argument has come as a whole now. */
  #closeBlock(index: number, atUs: number): void {
    const block = this.#blocks.get(index);
    if (block?.type === 'tool_use' && block.text === '') this.clock.count('tool-argument', atUs, '');
  }

  #count(block: Block, piece: JsonObject, atUs: number): void {
    const token = tokenFields[asText(piece['type']) ?? ''];
    const words = token === undefined ? '' : (asText(piece[token.field]) ?? '');
    if (token === undefined || words === '') return;
    this.clock.count(token.kind, atUs, words);
    block.text += words;
    if (token.kind === 'text') this.#options.onText(words);
  }

  #end(terminal: Terminal, atUs: number): void {
    this.#terminal ??= terminal;
    this.clock.complete(atUs);
  }
}

function itemOf({ type, id, name, text }: Block): ConversationItem | undefined {
  if (type === 'tool_use') return { type: 'function-call', callId: id, name, arguments: text || '{}' };
  if (text === '') return undefined;
  if (type === 'thinking') return { type: 'reasoning', summary: text };
  return type === 'text' ? { type: 'message', role: 'assistant', text } : undefined;
}

function terminalOf(stopReason: string | undefined): Terminal {
  if (stopReason === 'max_tokens') return { kind: 'incomplete', reason: 'max_output_tokens' };
  if (stopReason === 'model_context_window_exceeded') return { kind: 'incomplete', reason: stopReason };
  return { kind: 'completed' };
}

/** `input_tokens` are those that no cache had; `Usage` counts all of them. Thinking is not told apart. */
function readMessagesUsage(usage: JsonObject): Usage | undefined {
  const fresh = asNumber(usage['input_tokens']);
  const output = asNumber(usage['output_tokens']);
  if (fresh === undefined || output === undefined) return undefined;
  const cachedInput = asNumber(usage['cache_read_input_tokens']) ?? 0;
  const written = asNumber(usage['cache_creation_input_tokens']) ?? 0;
  return { input: fresh + written + cachedInput, cachedInput, output, reasoning: 0, estimated: false };
}
