/**
 * What the simulated model reads in a conversation. It keeps no state of its own: how far a play has come is
 * the number of results that the calls of its turns got.
 */
import { asNumber, asText, parseObject } from '../transports/json.ts';
import { textOfItem, type WireItem } from './create-request.ts';

const resultTypes = new Set(['function_call_output', 'custom_tool_call_output']);
const callTypes = new Set(['function_call', 'custom_tool_call']);

/** A tool's result with the call that it answers; a compacted conversation may hold one without the other. */
interface Result {
  readonly output: string;
  readonly call: WireItem | undefined;
}

export interface Progress {
  /** Results of the play's own calls, those included that a compaction summed up. */
  readonly answered: number;
  /** Sessions of commands that still run, and how often each was asked for already. */
  readonly running: readonly RunningSession[];
  readonly lastEditFailed: boolean;
}

export interface RunningSession {
  readonly id: number;
  readonly polls: number;
}

export function readProgress(conversation: readonly WireItem[]): Progress {
  const summary = conversation.findLastIndex((item) => summedUp(item) !== undefined);
  const before = summary === -1 ? 0 : (summedUp(conversation[summary]) ?? 0);
  const results = resultsOf(conversation.slice(summary + 1));
  return {
    answered: before + results.filter((result) => !isPoll(result)).length,
    running: runningSessions(results),
    lastEditFailed: isFailedEdit(results.at(-1)),
  };
}

/** The text that a compaction answers, from which the play goes on. */
export function summaryOf({ answered }: Progress): string {
  return `The work is under way: ${answered} tool results so far. The rest of the plan stands as it was.`;
}

function summedUp(item: WireItem | undefined): number | undefined {
  if (item?.type !== 'message') return undefined;
  const match = /The work is under way: (\d+) tool results so far/.exec(textOfItem(item));
  return match === null ? undefined : Number(match[1]);
}

function resultsOf(items: readonly WireItem[]): readonly Result[] {
  const calls = new Map(
    items.filter(({ type }) => callTypes.has(type ?? '')).map((item) => [item['call_id'], item]),
  );
  return items
    .filter(({ type }) => resultTypes.has(type ?? ''))
    .map((item) => ({ output: textOfItem(item), call: calls.get(item['call_id']) }));
}

function isPoll({ call }: Result): boolean {
  return call?.['name'] === 'write_stdin';
}

function isFailedEdit(result: Result | undefined): boolean {
  if (result?.call?.['name'] !== 'apply_patch') return false;
  return /^error|^apply_patch verification failed|^Exit code: [1-9]/i.test(result.output);
}

/** A command that outlasts its first answer says so above its output and goes on as a session. */
function runningSessions(results: readonly Result[]): readonly RunningSession[] {
  const sessions = new Map<number, number>();
  for (const result of results) {
    const polled = isPoll(result) ? polledSession(result) : undefined;
    const running = runningSession(result.output);
    if (running !== undefined) sessions.set(running, (sessions.get(running) ?? -1) + 1);
    if (polled !== undefined && polled !== running) sessions.delete(polled);
  }
  return [...sessions].map(([id, polls]) => ({ id, polls }));
}

function runningSession(output: string): number | undefined {
  const head = output.split('\nOutput:\n')[0] ?? '';
  const match = /^Process running with session ID (\d+)$/m.exec(head);
  return match === null ? undefined : Number(match[1]);
}

function polledSession({ call }: Result): number | undefined {
  return asNumber(parseObject(asText(call?.['arguments']) ?? '')?.['session_id']);
}
