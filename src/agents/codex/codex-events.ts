import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';

const itemSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  text: z.string().optional(),
  message: z.string().optional(),
  command: z.string().optional(),
  aggregated_output: z.string().optional(),
  exit_code: z.number().nullish(),
  changes: z.array(z.looseObject({ path: z.string(), kind: z.string() })).optional(),
});
export type CodexItem = z.infer<typeof itemSchema>;

const eventSchema = z.looseObject({
  type: z.string(),
  thread_id: z.string().optional(),
  message: z.string().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
  item: itemSchema.optional(),
});

/** An item with the times at which its lines were read; Codex's events carry none. */
export interface SeenItem {
  item: CodexItem;
  readonly startUs: number;
  readonly startMs: number;
  /** Undefined while it runs, and for ever where Codex was ended before it. */
  endUs: number | undefined;
}

/** A line longer than this is dropped: it is no event that Codex writes. */
const maxLineLength = 64 * 1024 * 1024;

/** Reads what `codex exec --json` writes, as it comes. */
export class CodexEvents {
  /** In the order of their first line. */
  readonly items: SeenItem[] = [];
  /** Completed items, in the order of completion. */
  readonly completed: SeenItem[] = [];
  threadId: string | undefined;
  /** Why the turn failed, as Codex says it. */
  failure: string | undefined;
  unreadable = 0;
  #rest = '';
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;

  constructor(clock: Clock, onLine: (line: string) => void) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  push = (text: string): void => {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
    if (this.#rest.length <= maxLineLength) return;
    this.#rest = '';
    this.unreadable += 1;
  };

  /** Whatever came without a newline when Codex was ended. */
  end(): void {
    const rest = this.#rest;
    this.#rest = '';
    this.#read(rest);
  }

  /** The last that the model said. */
  get lastMessage(): string | undefined {
    return this.completed.findLast(({ item }) => item.type === 'agent_message')?.item.text;
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    this.#onLine(line);
    const event = parseEvent(line);
    if (event === undefined) {
      this.unreadable += 1;
      return;
    }
    this.threadId ??= event.thread_id;
    if (event.type === 'turn.failed') this.failure = event.error?.message;
    if (event.type === 'error') this.failure ??= event.message;
    if (event.item !== undefined) this.#note(event.item, event.type);
    // A reconnect that Codex speaks of was got over when the turn is completed all the same.
    if (event.type === 'turn.completed') this.failure = undefined;
  }

  #note(item: CodexItem, type: string): void {
    const nowUs = this.#clock.nowUs();
    let seen = this.items.find((one) => one.item.id === item.id);
    if (seen === undefined) {
      seen = { item, startUs: nowUs, startMs: this.#clock.wallMs(), endUs: undefined };
      this.items.push(seen);
    }
    seen.item = item;
    if (type !== 'item.completed' || seen.endUs !== undefined) return;
    seen.endUs = nowUs;
    this.completed.push(seen);
  }
}

function parseEvent(line: string): z.infer<typeof eventSchema> | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // counted by the caller
  }
}
