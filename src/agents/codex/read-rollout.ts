import { readJsonLines } from '../../lib/json-lines.ts';
import type { Entry } from './entry.ts';
import { type RolloutLine, type RolloutPayload, rolloutLineSchema } from './rollout-schema.ts';

export interface Rollout {
  readonly entries: readonly Entry[];
  /** Items in the order in which they ended: the order of the events, which carry no call ids. */
  readonly ended: readonly { readonly type: string; readonly callId: string }[];
  /** Codex's own figure for its first turn: from the turn's start, the client's work before the request included. */
  readonly turnTtftMs: number | undefined;
  readonly unreadable: number;
}

/** Reads the file that Codex keeps of a session; a last line that was cut off is counted. */
export async function readRollout(path: string): Promise<Rollout> {
  const { values, unreadable } = await readJsonLines(path, rolloutLineSchema);
  const entries = values.flatMap(entriesOf);
  const ended = values.flatMap(({ type, payload }) =>
    type === 'event_msg' && payload.type === 'item_completed' && payload.item
      ? [{ type: payload.item.type, callId: payload.item.id }]
      : [],
  );
  const complete = values.find(({ payload }) => payload.type === 'task_complete');
  return {
    entries,
    ended,
    turnTtftMs: complete?.payload.time_to_first_token_ms ?? undefined,
    unreadable: unreadable.length,
  };
}

function entriesOf(line: RolloutLine): Entry[] {
  const { payload } = line;
  const atMs = Date.parse(line.timestamp);
  switch (line.type) {
    case 'session_meta':
      return told('system', atMs, payload.base_instructions?.text ?? '');
    case 'response_item':
      return itemEntries(payload, atMs);
    case 'event_msg':
      return exitEntries(payload);
    case 'token_usage_record':
      return answered(payload, atMs);
    default:
      return [];
  }
}

function itemEntries(payload: RolloutPayload, atMs: number): Entry[] {
  const callId = payload.call_id ?? '';
  switch (payload.type) {
    case 'message':
      return messageEntries(payload, atMs);
    case 'reasoning':
      return said('reasoning', atMs, textOf(payload.summary));
    case 'function_call':
    case 'custom_tool_call':
      return [{ kind: 'call', atMs, callId, name: payload.name ?? '', arguments: argumentsOf(payload) }];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [{ kind: 'result', callId, text: outputText(payload.output) }];
    default:
      return [];
  }
}

function messageEntries({ role, content }: RolloutPayload, atMs: number): Entry[] {
  const text = textOf(content);
  if (role === 'assistant') return said('message', atMs, text);
  return told(role === 'user' ? 'user' : 'system', atMs, text);
}

/** The exit code stands in the item's end alone; what the model was told is prose. */
function exitEntries({ type, item }: RolloutPayload): Entry[] {
  if (type !== 'item_completed' || item?.type !== 'CommandExecution') return [];
  return typeof item.exit_code === 'number'
    ? [{ kind: 'result', callId: item.id, exitCode: item.exit_code }]
    : [];
}

function answered({ response_id: responseId, usage }: RolloutPayload, atMs: number): Entry[] {
  if (responseId === undefined || !usage) return [];
  const counted = {
    input: usage.input_tokens,
    cachedInput: usage.cached_input_tokens,
    output: usage.output_tokens,
    reasoning: usage.reasoning_output_tokens,
    estimated: false,
  };
  return [{ kind: 'answered', atMs, responseId, usage: counted }];
}

function told(source: 'system' | 'user', atMs: number, text: string): Entry[] {
  return text === '' ? [] : [{ kind: 'told', source, atMs, text }];
}

function said(kind: 'reasoning' | 'message', atMs: number, text: string): Entry[] {
  return text === '' ? [] : [{ kind, atMs, text }];
}

function textOf(parts: RolloutPayload['summary'] | RolloutPayload['content']): string {
  if (!Array.isArray(parts)) return '';
  return parts.map((part) => part.text ?? part.refusal ?? '').join('\n');
}

function argumentsOf(payload: RolloutPayload): Readonly<Record<string, unknown>> {
  if (payload.type === 'custom_tool_call') return { input: payload.input };
  const text = String(payload.arguments);
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Malformed arguments are the model's; they are kept as it wrote them.
  }
  return { malformed: text };
}

function outputText(output: unknown): string {
  return typeof output === 'string' ? output : JSON.stringify(output ?? '');
}
