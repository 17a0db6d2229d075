import { EvalrunError } from '../../domain/errors.ts';
import { addUsage, type ModelProfile, noUsage, type Usage } from '../../domain/model.ts';
import type { Ending } from '../../domain/outcome.ts';
import type { TrajectoryToolCall } from '../../domain/trajectory.ts';
import type { ConversationItem, InferenceSession, ModelAnswer } from '../../inference/client.ts';
import type { Agent, AgentContext, AgentResult } from '../agent.ts';
import { inferenceFailure } from '../inference-failure.ts';
import { workdirOf } from '../workdir.ts';
import { fitContext } from './fit-context.ts';
import { instructionsFor } from './prompts.ts';
import { argumentsOf, recordTurn, textOf } from './record-turn.ts';
import { Steering } from './steering.ts';
import { runTool, type ToolContext, toolDefinitions } from './tools.ts';

/** The built-in agent: a loop on the host, tools in the sandbox. */
export const loopAgent: Agent = {
  name: 'loop',
  version: '1',
  needsModel: true,
  readsSolution: false,
  steerable: true,
  run: runLoop,
};

type FunctionCall = ConversationItem & { type: 'function-call' };

interface LoopState {
  items: readonly ConversationItem[];
  turns: number;
  usage: Usage;
}

/** What every step of one conversation needs. */
interface Loop {
  readonly state: LoopState;
  readonly instructions: string;
  readonly context: AgentContext;
  readonly session: InferenceSession;
  /** Undefined where the user lets the agent work. */
  readonly steering: Steering | undefined;
}

type Ended = { readonly ending: Ending; readonly message?: string };

async function runLoop(context: AgentContext): Promise<AgentResult> {
  const { session, model } = context;
  if (session === undefined || model === undefined) {
    throw new EvalrunError('the loop agent needs a model', { code: 'internal' });
  }
  const instructions = instructionsFor({
    style: model.style,
    workdir: workdirOf(context),
    secondsLeft: secondsLeft(context),
    maxTurns: context.limits.maxTurns,
    commandTimeoutSec: context.limits.commandTimeoutMs / 1000,
  });
  context.recordStep({ source: 'system', atMs: context.clock.wallMs(), message: instructions });
  context.recordStep({ source: 'user', atMs: context.clock.wallMs(), message: context.step.instruction });
  const first: ConversationItem = { type: 'message', role: 'user', text: context.step.instruction };
  const state: LoopState = { items: [first], turns: 0, usage: noUsage };
  using steering = steeringOf(context, model);
  const end = await takeTurns({ state, instructions, context, session, steering });
  const intervention = steering?.record;
  const { turns, usage } = state;
  return { ...end, turns, usage, ...(intervention === undefined ? {} : { intervention }) };
}

function steeringOf(context: AgentContext, model: ModelProfile): Steering | undefined {
  const { intervention, clock, signal } = context;
  if (intervention === undefined) return undefined;
  return new Steering({ intervention, model, clock, signal, workdir: workdirOf(context) });
}

/** Until the agent says that it is done or a limit is reached; the user may have one more word. */
async function takeTurns(loop: Loop): Promise<Ended> {
  const { state, context, steering } = loop;
  for (;;) {
    const stop = limitReached(state, context);
    if (stop !== undefined) return { ending: stop };
    if (steering?.isDue === true) hear(steering, state, context);
    const end = await takeTurn(loop);
    if (end === undefined || (end.ending === 'finished' && steering?.isDue === true)) continue;
    if (end.ending !== 'finished' || steering?.followUp() !== true) return end;
  }
}

/** The user's order enters the conversation. */
function hear(steering: Steering, state: LoopState, context: AgentContext): void {
  const order = steering.deliver();
  state.items = [...state.items, order];
  context.log(`< ${order.text}`);
  context.recordStep({ source: 'user', atMs: context.clock.wallMs(), message: order.text });
}

function limitReached(state: LoopState, context: AgentContext): Ending | undefined {
  if (context.signal.aborted) return 'time-limit';
  if (state.turns >= context.limits.maxTurns) return 'turn-limit';
  const tokens = state.usage.input + state.usage.output;
  return context.limits.maxTokens !== undefined && tokens >= context.limits.maxTokens
    ? 'token-limit'
    : undefined;
}

/** One request and the tool calls it asks for; a value ends the loop. */
async function takeTurn(loop: Loop): Promise<Ended | undefined> {
  const { state, context, steering } = loop;
  const answer = await ask(loop);
  if (answer.status === 'context-overflow') return { ending: 'context-overflow' };
  if ('record' in answer && answer.record !== undefined) steering?.noteAnswer(answer.status, answer.record);
  if (answer.status === 'aborted') return stopped(answer, loop);
  if (answer.status === 'refused') return { ending: 'refused', message: answer.message };
  if (answer.status === 'failed') throw inferenceFailure(answer.error);
  // The server has ended it for the user's sake, and has begun its successor.
  if (answer.record.steer === 'ended-by') return stopped(answer, loop);
  state.turns += 1;
  state.usage = addUsage(state.usage, answer.usage);
  state.items = [...state.items, ...answer.items];
  const calls = answer.items.filter((item): item is FunctionCall => item.type === 'function-call');
  const said = textOf(answer.items);
  if (said !== '') context.log(said);
  const done = await runCalls(calls, loop);
  recordTurn(answer, done, context);
  if (calls.length > 0) return undefined;
  return answer.status === 'incomplete'
    ? { ending: 'agent-failed', message: `the answer was cut: ${answer.reason}` }
    : { ending: 'finished', message: said };
}

type Asked = ModelAnswer | { readonly status: 'context-overflow' };
type Stopped = Extract<ModelAnswer, { status: 'aborted' | 'incomplete' | 'completed' }>;

/**
 * Of an answer that was stopped only the messages stay: a call that is not carried out would lack its result,
 * and reasoning must not stand without what it led to.
 */
function stopped(answer: Stopped, { state, context, steering }: Loop): Ended | undefined {
  if (context.signal.aborted || steering?.isDue !== true) return { ending: 'time-limit' };
  const said = (answer.items ?? []).filter((item) => item.type === 'message');
  state.items = [...state.items, ...said];
  if (answer.status !== 'aborted') {
    state.turns += 1;
    state.usage = addUsage(state.usage, answer.usage);
  }
  context.log(`[stopped] ${textOf(said)}`);
  context.recordStep({
    source: 'agent',
    atMs: context.clock.wallMs(),
    message: textOf(said),
    extra: { stopped: true, ...(answer.record === undefined ? {} : { marks: answer.record.marks }) },
  });
  return undefined;
}

/** Sends the conversation, made to fit; when the provider says that it is too long, makes more room once. */
async function ask({ state, instructions, context, session, steering }: Loop): Promise<Asked> {
  const options = steering?.respondOptions() ?? { signal: context.signal };
  const contextTokens = context.model?.contextTokens ?? 0;
  for (const share of [1, 0.6]) {
    const reserveTokens = Math.floor(contextTokens * 0.15);
    const fitted = fitContext(state.items, { contextTokens, reserveTokens, share });
    if (fitted === undefined) return { status: 'context-overflow' };
    state.items = fitted;
    const answer = await session.respond(
      { instructions, input: state.items, tools: toolDefinitions },
      options,
    );
    if (answer.status !== 'failed' || answer.error.kind !== 'context-overflow') return answer;
  }
  return { status: 'context-overflow' };
}

async function runCalls(calls: readonly FunctionCall[], loop: Loop): Promise<TrajectoryToolCall[]> {
  const { state } = loop;
  const done: TrajectoryToolCall[] = [];
  for (const call of calls) {
    const ran = await runCall(call, loop);
    done.push(ran);
    state.items = [
      ...state.items,
      { type: 'function-result', callId: call.callId, output: ran.result ?? '' },
    ];
  }
  return done;
}

async function runCall(call: FunctionCall, { context, steering }: Loop): Promise<TrajectoryToolCall> {
  const startUs = context.clock.nowUs();
  const reason = whyNotRun(context, steering);
  if (reason === undefined) steering?.noteCall(call.name, call.arguments);
  const outcome =
    reason === undefined
      ? await runTool(call.name, call.arguments, toolContext(context, steering))
      : { output: `error: not run, ${reason}` };
  if (reason === undefined) steering?.noteCallEnd();
  const endUs = context.clock.nowUs();
  const name = `${call.name} ${call.arguments.slice(0, 100)}`;
  context.recordSpan({ part: 'tool', name, startUs, endUs, details: { callId: call.callId } });
  context.log(`> ${call.name} ${call.arguments}\n${outcome.output}\n`);
  return {
    callId: call.callId,
    name: call.name,
    arguments: argumentsOf(call.arguments),
    result: outcome.output,
    durationUs: endUs - startUs,
    ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
  };
}

function whyNotRun(context: AgentContext, steering: Steering | undefined): string | undefined {
  if (context.signal.aborted) return 'the time is over';
  return steering?.isDue === true ? 'the user has stepped in' : undefined;
}

function toolContext(context: AgentContext, steering: Steering | undefined): ToolContext {
  return {
    sandbox: context.sandbox,
    cwd: workdirOf(context),
    user: context.user,
    signal: steering?.toolSignal ?? context.signal,
    commandTimeoutMs: context.limits.commandTimeoutMs,
  };
}

function secondsLeft(context: AgentContext): number | undefined {
  const deadline = context.limits.deadlineUs();
  return deadline === undefined ? undefined : Math.max(0, (deadline - context.clock.nowUs()) / 1e6);
}
