import type { RequestRecord } from '../../domain/request-record.ts';
import type { ConversationItem } from '../client.ts';
import { failureOfEvent } from '../failures.ts';
import { RequestClock } from '../request-clock.ts';
import { readUsage } from '../usage.ts';
import { asNumber, asObject, asObjects, asText, type JsonObject, parseObject } from './json.ts';
import { readItems, readRefusal } from './response-items.ts';
import { readStamps } from './server-stamps.ts';
import type { ReaderOptions, ReadState, StreamReader, Terminal } from './stream-reader.ts';

/** Reads the events of one response, whichever way they came, and keeps what a record and an answer need. */
export class ResponseReader implements StreamReader {
  readonly clock = new RequestClock();
  readonly #onText: (delta: string) => void;
  readonly #wallMs: () => number;
  readonly #doneItems = new Map<number, JsonObject>();
  #response: JsonObject = {};
  #terminal: Terminal | undefined;
  #eventCount = 0;
  #serverStamps: RequestRecord['serverStamps'];
  #serverTiming: unknown;

  constructor(options: ReaderOptions) {
    this.#onText = options.onText;
    this.#wallMs = options.wallMs;
  }

  read(text: string, atUs: number): ReadState {
    if (text === '[DONE]') return this.#state; // not of this API, but some servers end every stream with it
    const event = parseObject(text);
    if (event === undefined) return 'malformed';
    this.#eventCount += 1;
    this.clock.observe(event, atUs);
    this.#keep(asText(event['type']) ?? '', event);
    return this.#state;
  }

  /** Without its terminal event an answer is cut. */
  close(): ReadState {
    return this.#state;
  }

  get #state(): ReadState {
    return this.#terminal === undefined ? 'open' : 'ended';
  }

  get terminal(): Terminal | undefined {
    return this.#terminal;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  get items(): readonly ConversationItem[] {
    return readItems(this.#output);
  }

  get refusal(): string {
    return readRefusal(this.#output);
  }

  get usage() {
    return readUsage(this.#response['usage']);
  }

  get responseId(): string | undefined {
    return asText(this.#response['id']);
  }

  get servedModel(): string | undefined {
    return asText(this.#response['model']);
  }

  get serverStamps(): RequestRecord['serverStamps'] {
    return this.#serverStamps;
  }

  get serverTiming(): unknown {
    return this.#serverTiming;
  }

  /** The terminal event lists the whole output; some servers leave it empty and rely on the items' own events. */
  get #output(): readonly JsonObject[] {
    const listed = asObjects(this.#response['output']);
    if (listed.length > 0) return listed;
    return [...this.#doneItems].sort(([a], [b]) => a - b).map(([, item]) => item);
  }

  #keep(type: string, event: JsonObject): void {
    switch (type) {
      case 'response.output_text.delta':
        this.#onText(asText(event['delta']) ?? '');
        return;
      case 'response.output_item.done':
        this.#doneItems.set(
          asNumber(event['output_index']) ?? this.#doneItems.size,
          asObject(event['item']) ?? {},
        );
        return;
      case 'response.created':
        this.#response = asObject(event['response']) ?? {};
        return;
      case 'evalrun.stamps':
        this.#serverStamps = readStamps(asObject(event['stamps']));
        return;
      case 'responsesapi.websocket_timing':
        this.#serverTiming = event['timing_metrics'] ?? event;
        return;
      default:
        this.#keepTerminal(type, event); // anything else is of no concern here
    }
  }

  #keepTerminal(type: string, event: JsonObject): void {
    if (type === 'error') {
      this.#terminal = { kind: 'failed', failure: failureOfEvent(event, this.#wallMs()) };
      return;
    }
    if (type !== 'response.completed' && type !== 'response.incomplete' && type !== 'response.failed') return;
    this.#response = asObject(event['response']) ?? this.#response;
    if (type === 'response.completed') this.#terminal = { kind: 'completed' };
    else if (type === 'response.incomplete') {
      const details = asObject(this.#response['incomplete_details']);
      this.#terminal = { kind: 'incomplete', reason: asText(details?.['reason']) ?? 'unknown' };
    } else {
      const error = { error: this.#response['error'] };
      this.#terminal = { kind: 'failed', failure: failureOfEvent(error, this.#wallMs()) };
    }
  }
}
