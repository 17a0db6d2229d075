import { costUsd, type Prices, type Usage } from '../../domain/model.ts';
import { type RequestRecord, ttftUs } from '../../domain/request-record.ts';
import type { Span } from '../../domain/span.ts';
import type { TrajectoryStep, TrajectoryToolCall } from '../../domain/trajectory.ts';
import type { Entry } from './entry.ts';

export interface StepsOptions {
  readonly entries: readonly Entry[];
  /** What the gateway saw. */
  readonly requests: readonly RequestRecord[];
  readonly spans: readonly Span[];
  readonly prices: Prices | undefined;
  /** Goes to the first of the model's steps. */
  readonly firstStepExtra: Readonly<Record<string, unknown>>;
}

type Call = Entry & { kind: 'call' };
type Result = Entry & { kind: 'result' };

/** What one answer of the model brought, as far as it came. */
interface Answer {
  readonly atMs: number;
  readonly messages: readonly string[];
  readonly reasoning: readonly string[];
  readonly calls: readonly Call[];
  readonly end?: Entry & { kind: 'answered' };
}

type Group = Answer | (Entry & { kind: 'told' });

/** One step for each answer of the model, with its calls and their results, and one for all it was told. */
export function trajectorySteps(options: StepsOptions): TrajectoryStep[] {
  const results = new Map<string, Partial<Result>>();
  for (const entry of options.entries) {
    if (entry.kind === 'result') results.set(entry.callId, { ...results.get(entry.callId), ...entry });
  }
  const requestOf = requestFinder(options.requests);
  let extra = options.firstStepExtra;
  return groupsOf(options.entries).map((group) => {
    if ('kind' in group) return { source: group.source, atMs: group.atMs, message: group.text };
    const calls = group.calls.map((call) => toolCall(call, results.get(call.callId), options.spans));
    const step = agentStep(group, calls, requestOf(group), options.prices, extra);
    extra = {};
    return step;
  });
}

function groupsOf(entries: readonly Entry[]): Group[] {
  const tellsEnds = entries.some(({ kind }) => kind === 'answered');
  const groups: Group[] = [];
  let open: Answer | undefined;
  const close = (): void => {
    if (open !== undefined) groups.push(open);
    open = undefined;
  };
  for (const entry of entries) {
    if (entry.kind === 'result') continue;
    if (entry.kind === 'told') {
      close();
      groups.push(entry);
      continue;
    }
    // Without ends, words after a call begin the next answer.
    if (!tellsEnds && entry.kind !== 'call' && (open?.calls.length ?? 0) > 0) close();
    open = grown(open, entry);
    if (entry.kind === 'answered') close();
  }
  close();
  return groups;
}

function grown(open: Answer | undefined, entry: Exclude<Entry, { kind: 'result' | 'told' }>): Answer {
  const before = open ?? { messages: [], reasoning: [], calls: [] };
  const { atMs } = entry;
  switch (entry.kind) {
    case 'message':
      return { ...before, atMs, messages: [...before.messages, entry.text] };
    case 'reasoning':
      return { ...before, atMs, reasoning: [...before.reasoning, entry.text] };
    case 'call':
      return { ...before, atMs, calls: [...before.calls, entry] };
    case 'answered':
      return { ...before, atMs, end: entry };
    default:
      return entry satisfies never;
  }
}

/** By the response's id; where the provider named none, by its place among the answers that came whole. */
function requestFinder(requests: readonly RequestRecord[]): (answer: Answer) => RequestRecord | undefined {
  const whole = requests.filter(
    ({ kind, status }) => kind === 'turn' && (status === 'completed' || status === 'incomplete'),
  );
  let place = 0;
  return ({ end }) => {
    if (end === undefined) return undefined;
    const named = requests.find(({ responseId }) => responseId === end.responseId);
    const inPlace = whole[place];
    place += 1;
    return named ?? (inPlace?.responseId === undefined ? inPlace : undefined);
  };
}

function toolCall(
  call: Call,
  result: Partial<Result> | undefined,
  spans: readonly Span[],
): TrajectoryToolCall {
  const span = spans.find(({ details }) => details?.['callId'] === call.callId);
  return {
    callId: call.callId,
    name: call.name,
    arguments: call.arguments,
    ...(result?.text === undefined ? {} : { result: result.text }),
    ...(result?.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    ...(span === undefined ? {} : { durationUs: span.endUs - span.startUs }),
  };
}

function agentStep(
  answer: Answer,
  toolCalls: readonly TrajectoryToolCall[],
  request: RequestRecord | undefined,
  prices: Prices | undefined,
  firstExtra: Readonly<Record<string, unknown>>,
): TrajectoryStep {
  const usage: Usage | undefined = request?.usage ?? answer.end?.usage;
  const cost = usage === undefined ? undefined : costUsd(usage, prices);
  const extra = { ...timingOf(request), ...firstExtra };
  return {
    source: 'agent',
    atMs: answer.atMs,
    message: answer.messages.join('\n'),
    ...(answer.reasoning.length === 0 ? {} : { reasoning: answer.reasoning.join('\n') }),
    toolCalls,
    ...(usage === undefined ? {} : { usage }),
    ...(cost === undefined ? {} : { costUsd: cost }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** The gateway's figures; `ttft_us` is from the request's bytes to the first token, as for the built-in agent. */
function timingOf(request: RequestRecord | undefined): Record<string, unknown> {
  if (request === undefined) return {};
  const ttft = ttftUs(request);
  return {
    turn: request.turn,
    ...(ttft === undefined ? {} : { ttft_us: ttft }),
    marks: request.marks,
  };
}
