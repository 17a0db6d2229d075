import type { Usage } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { ConversationItem } from '../client.ts';
import { type Failure, failure, failureOfEvent } from '../failures.ts';
import { RequestClock } from '../request-clock.ts';
import { readChatUsage } from '../usage.ts';
import { ChatToolCalls } from './chat-tool-calls.ts';
import { asNumber, asObject, asObjects, asText, type JsonObject, parseObject } from './json.ts';
import { readStamps } from './server-stamps.ts';
import type { ReaderOptions, ReadState, StreamReader, Terminal } from './stream-reader.ts';

/**
 * Reads the chunks of one chat completion, in the dialects that servers speak. A chunk without a token in it
 * (the role alone, an empty delta, the usage) moves no mark. The answer is over with `[DONE]`, not with its
 * finish_reason: the usage comes between the two.
 */
export class ChatReader implements StreamReader {
  readonly clock = new RequestClock();
  readonly #options: ReaderOptions;
  readonly #calls = new ChatToolCalls();
  #terminal: Terminal | undefined;
  #eventCount = 0;
  #finishReason: string | undefined;
  #text = '';
  #reasoning = '';
  #refusal = '';
  #usage: Usage | undefined;
  #responseId: string | undefined;
  #servedModel: string | undefined;
  #serverStamps: RequestRecord['serverStamps'];
  #serverTiming: unknown;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  read(text: string, atUs: number): ReadState {
    if (this.#terminal !== undefined) return 'ended';
    if (text === '[DONE]') return this.#done(atUs);
    const chunk = parseObject(text);
    if (chunk === undefined) return 'malformed';
    this.#eventCount += 1;
    const reason = errorOf(chunk, this.#options.wallMs());
    if (reason !== undefined) return this.#end({ kind: 'failed', failure: reason }, atUs);
    this.#keepFacts(chunk);
    const choice = asObjects(chunk['choices']).find((one) => (asNumber(one['index']) ?? 0) === 0);
    if (choice !== undefined) this.#keepChoice(choice, atUs);
    return 'open';
  }

  /** Some servers close the stream without `[DONE]`; what had its finish_reason by then is whole. */
  close(atUs: number): ReadState {
    if (this.#terminal !== undefined) return 'ended';
    if (this.#finishReason === undefined) return 'open';
    return this.#end(terminalOf(this.#finishReason), atUs);
  }

  /** Said to be over: whole even where a server forgot the finish_reason, provided that anything came. */
  #done(atUs: number): ReadState {
    if (this.#text !== '' || this.#calls.count > 0) this.#finishReason ??= 'stop';
    return this.close(atUs);
  }

  get terminal(): Terminal | undefined {
    return this.#terminal;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  /** None until the finish_reason: before it nobody knows what is whole. */
  get items(): readonly ConversationItem[] {
    if (this.#finishReason === undefined) return [];
    const wasCut = this.#terminal?.kind === 'incomplete';
    return [
      ...(this.#reasoning === '' ? [] : [{ type: 'reasoning' as const, summary: this.#reasoning }]),
      ...(this.#text === ''
        ? []
        : [{ type: 'message' as const, role: 'assistant' as const, text: this.#text }]),
      ...this.#calls.items(this.#responseId ?? '', wasCut),
    ];
  }

  get refusal(): string {
    return this.#refusal;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  get responseId(): string | undefined {
    return this.#responseId;
  }

  get servedModel(): string | undefined {
    return this.#servedModel;
  }

  get serverStamps(): RequestRecord['serverStamps'] {
    return this.#serverStamps;
  }

  get serverTiming(): unknown {
    return this.#serverTiming;
  }

  #end(terminal: Terminal, atUs: number): ReadState {
    this.#terminal = terminal;
    this.clock.complete(atUs);
    return 'ended';
  }

  #keepFacts(chunk: JsonObject): void {
    this.#responseId ??= asText(chunk['id']) || undefined;
    this.#servedModel ??= asText(chunk['model']) || undefined;
    // llama.cpp and Cerebras say how they spent the time.
    this.#serverTiming = chunk['timings'] ?? chunk['time_info'] ?? this.#serverTiming;
    if (chunk['type'] === 'evalrun.stamps') this.#serverStamps = readStamps(asObject(chunk['stamps']));
    this.#usage = usageOf(chunk) ?? this.#usage;
  }

  #keepChoice(choice: JsonObject, atUs: number): void {
    const delta = asObject(choice['delta']) ?? asObject(choice['message']) ?? {};
    // A server that sends its reasoning under both names sends it once.
    const reasoning = textOf(delta['reasoning_content']) || textOf(delta['reasoning']);
    if (reasoning !== '') this.clock.count('raw-reasoning', atUs, reasoning);
    this.#reasoning += reasoning;
    this.#keepText(textOf(delta['content']), textOf(delta['refusal']), atUs);
    this.#keepCalls(asObjects(delta['tool_calls']), atUs);
    const finishReason = asText(choice['finish_reason']);
    if (finishReason === undefined || finishReason === '' || this.#finishReason !== undefined) return;
    this.#finishReason = finishReason;
    // A call that needs no argument has come as a whole now.
    if (this.#calls.withoutArguments > 0) this.clock.count('tool-argument', atUs, '');
  }

  #keepText(content: string, refusal: string, atUs: number): void {
    if (content === '' && refusal === '') return;
    this.clock.count('text', atUs, content + refusal);
    this.#text += content;
    this.#refusal += refusal;
    if (content !== '') this.#options.onText(content);
  }

  #keepCalls(pieces: readonly JsonObject[], atUs: number): void {
    const brought = pieces.map((piece) => this.#calls.add(piece)).join('');
    if (brought !== '') this.clock.count('tool-argument', atUs, brought);
  }
}

/** A text, or the text parts of a list. */
function textOf(value: unknown): string {
  return (
    asText(value) ??
    asObjects(value)
      .map((part) => asText(part['text']) ?? '')
      .join('')
  );
}

/** In a chunk of its own, in every chunk so far (the last counts), beside the last choice, or in it. */
function usageOf(chunk: JsonObject): Usage | undefined {
  const [choice] = asObjects(chunk['choices']);
  return (
    readChatUsage(chunk['usage']) ??
    readChatUsage(asObject(chunk['x_groq'])?.['usage']) ??
    readChatUsage(choice?.['usage'])
  );
}

/** `error` in the stream: an object, a text, or the whole event; its code may be the HTTP status. */
function errorOf(chunk: JsonObject, wallMs: number): Failure | undefined {
  const { error } = chunk;
  if (typeof error === 'string' && error !== '') return failure('server', error);
  const facts = asObject(error) ?? (chunk['object'] === 'error' ? chunk : undefined);
  if (facts === undefined) return undefined;
  return failureOfEvent(
    { error: facts, status: asNumber(facts['status']) ?? asNumber(facts['code']) },
    wallMs,
  );
}

function terminalOf(finishReason: string): Terminal {
  switch (finishReason) {
    case 'length':
      return { kind: 'incomplete', reason: 'max_output_tokens' };
    case 'content_filter':
      return { kind: 'incomplete', reason: 'content_filter' };
    case 'error':
      return { kind: 'failed', failure: failure('server', 'the provider ended the answer with an error') };
    default:
      return { kind: 'completed' }; // stop, tool_calls, and what servers call their own ways to stop
  }
}
