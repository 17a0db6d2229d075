import { createHash } from 'node:crypto';
import type { SimulationProfile } from '../../domain/model.ts';
import type { Task, TaskStep } from '../../domain/task.ts';
import { between, logNormal, seededRandom } from '../../lib/random.ts';
import type { AnswerPlan, AnswerTiming, PlannedCall } from './answer-plan.ts';
import { type Progress, readProgress, summaryOf } from './conversation.ts';
import { type CreateRequest, textOfItem, type WireItem } from './create-request.ts';
import { playTask } from './play.ts';
import { latencyTask, playLatency } from './play-latency.ts';
import { partOf } from './play-order.ts';
import type { ReadSolutionFolder } from './solution-folder.ts';
import { countTokens } from './tokens.ts';
import { callOf, pollCall, toolboxOf } from './tool-calls.ts';
import { finalTurn, type Style, type Turn } from './turn.ts';

/** A plain SimulationProfile will do; the style, where it is not given, is guessed from the speed. */
export interface SimulatedModel extends SimulationProfile {
  readonly style?: Style;
  /** Whether it takes `response.steer`; default: no. */
  readonly canSteer?: boolean;
}

export interface PlanOptions {
  readonly request: CreateRequest;
  readonly profile: SimulatedModel;
  /** The conversation that a chain remembers, before the request's own input. */
  readonly remembered: readonly WireItem[];
  readonly tasks: (taskId: string) => Task | undefined;
  readonly seed: string | number;
  readonly timeScale: number;
  readonly readFolder: ReadSolutionFolder;
  /** Tells one response from another where nothing else does. */
  readonly number: number;
}

/**
 * What the simulated model answers. Stateless: task and trial stand in the request's metadata, the turn is
 * the number of tool results in the conversation, and every draw depends on those and the seed alone.
 */
export async function planAnswer(options: PlanOptions): Promise<AnswerPlan> {
  const { request, profile, remembered } = options;
  const progress = readProgress([...remembered, ...request.input]);
  const turnKeys = [...trialKeys(options), request.metadata['step'] ?? '', progress.answered];
  const { turn, calls } = await whatToDo(options, progress, turnKeys);
  const reasoning =
    turn === undefined ? undefined : reasoningOf(turn, progress.answered, styleOf(profile), turnKeys);
  const text = turn?.comment ?? '';
  const phase = calls.length === 0 ? ('final_answer' as const) : ('commentary' as const);
  const visible = countTokens(text) + calls.reduce((sum, call) => sum + countTokens(call.input), 0);
  return {
    responseId: `resp_${hash([...turnKeys, options.number, 'response'])}`,
    model: request.model,
    metadata: request.metadata,
    previousResponseId: request.previousResponseId,
    reasoning,
    message: text === '' ? undefined : { text, phase },
    calls,
    usage: {
      ...inputTokens(request, remembered),
      output: visible + (reasoning?.tokens ?? 0),
      reasoning: reasoning?.tokens ?? 0,
    },
    timing: timingOf(options, turnKeys),
  };
}

interface Doing {
  /** Undefined where nothing is thought or said. */
  readonly turn: Turn | undefined;
  readonly calls: readonly PlannedCall[];
}

async function whatToDo(
  options: PlanOptions,
  progress: Progress,
  turnKeys: readonly (string | number)[],
): Promise<Doing> {
  const { request } = options;
  if (!request.generate) return { turn: undefined, calls: [] };
  if (request.isCompaction) return { turn: finalTurn(summaryOf(progress)), calls: [] };
  const waiting = progress.running.filter(({ polls }) => polls < mostPolls);
  if (waiting.length > 0) {
    const idOf = ({ id, polls }: (typeof waiting)[number]) => callId([...turnKeys, 'poll', id, polls]);
    return { turn: undefined, calls: waiting.map((session) => pollCall(session, idOf(session))) };
  }
  const turn = roundTrip(request, progress) ?? (await turnOf(options, trialKeys(options)));
  const toolbox = toolboxOf(request);
  return {
    turn,
    calls: turn.calls.map((use, index) => callOf(use, toolbox, callId([...turnKeys, index]))),
  };
}

/** A command that is asked for every half minute and has not ended after a quarter of an hour is left alone. */
const mostPolls = 30;

/** Whether this trial's draw solves its task. */
export function drawSolves(
  profile: SimulationProfile,
  task: Task,
  keys: readonly (string | number)[],
): boolean {
  const { successRate } = profile;
  const rate = successRate[task.difficulty ?? 'default'] ?? successRate['default'];
  return seededRandom('solved', ...keys)() < (rate?.value ?? 0);
}

function trialKeys({ request, seed }: PlanOptions): readonly (string | number)[] {
  const { model, task, attempt } = request.metadata;
  return [seed, model ?? request.model, task ?? '', attempt ?? '1'];
}

function styleOf(profile: SimulatedModel): Style {
  return profile.style ?? (profile.tokensPerSecond.value >= 500 ? 'light' : 'thorough');
}

/** Of a measurement of round trips, which is no task. */
function roundTrip({ metadata }: CreateRequest, { answered }: Progress): Turn | undefined {
  return metadata['task'] === latencyTask ? playLatency(Number(metadata['rounds']), answered) : undefined;
}

async function turnOf(options: PlanOptions, keys: readonly (string | number)[]): Promise<Turn> {
  const { request, profile, tasks, readFolder } = options;
  const task = tasks(request.metadata['task'] ?? '');
  const wanted = task === undefined ? undefined : stepOf(task, request.metadata['step']);
  if (task === undefined || wanted === undefined) return unknownTask;
  const { step, progress, isOld } = partOf(task, wanted, [...options.remembered, ...request.input]);
  const { answered, lastEditFailed } = progress;
  if (lastEditFailed) return finalTurn('The edit does not fit the file; I will leave it at that.');
  const solves = isOld || drawSolves(profile, task, keys);
  const toolbox = toolboxOf(request);
  const canPatch = toolbox.edit !== undefined;
  const stepKeys = [...keys, step.name];
  const style = styleOf(profile);
  if (toolbox.shell === undefined) return finalTurn('Without a shell there is nothing that I can do.');
  const turns = await playTask({ task, step, solves, style, canPatch, keys: stepKeys, readFolder });
  return turnAfter(turns, answered);
}

const unknownTask = finalTurn(
  'This is the simulator. It plays tasks by the name in the metadata of a request, and does not know this one.',
);

function stepOf(task: Task, name: string | undefined): TaskStep | undefined {
  return name === undefined ? task.steps[0] : task.steps.find((step) => step.name === name);
}

/** The first turn whose calls come after so many results. */
function turnAfter(turns: readonly Turn[], answered: number): Turn {
  let before = 0;
  for (const turn of turns) {
    if (before >= answered) return turn;
    before += turn.calls.length;
  }
  return turns.at(-1) ?? unknownTask;
}

function callId(keys: readonly (string | number)[]): string {
  return `call_${hash([...keys, 'call'])}`;
}

/**
 * Hidden reasoning with a summary, of the thorough model only. Most of it comes first, as one plans and then
 * works; kept so small that at 65 tokens a second a trial's model time stays within half a minute.
 */
function reasoningOf(
  turn: Turn,
  answered: number,
  style: Style,
  keys: readonly (string | number)[],
): AnswerPlan['reasoning'] {
  if (style === 'light') return undefined;
  const random = seededRandom('reasoning', ...keys);
  if (answered === 0) {
    const summary =
      '**Planning the work**\n\nFirst the layout and the history, then the code that the task names.';
    return { tokens: between(random, 120, 220), summary };
  }
  if (turn.calls.length === 0) return undefined;
  return { tokens: between(random, 20, 60), summary: '**Deciding on the next step**' };
}

/** By the simulator's own rule; `cached` is what a chain remembered. */
export function inputTokens(request: CreateRequest, remembered: readonly WireItem[]) {
  const tokens = (items: readonly WireItem[]) =>
    items.reduce((sum, item) => sum + countTokens(textOfItem(item)), 0);
  const cached = tokens(remembered);
  const framing = countTokens(request.instructions) + countTokens(request.toolsText);
  return { input: framing + cached + tokens(request.input), cached };
}

function timingOf(
  { profile, timeScale, request }: PlanOptions,
  keys: readonly (string | number)[],
): AnswerTiming {
  const random = seededRandom('latency', ...keys);
  const ttftMs = logNormal(random, profile.ttftMedianMs.value, profile.ttftSigma.value);
  return {
    overheadUs: profile.roundTripOverheadMs.value * 1000 * timeScale,
    ttftUs: request.generate ? ttftMs * 1000 * timeScale : 0,
    usPerToken: (1e6 / profile.tokensPerSecond.value) * timeScale,
  };
}

function hash(keys: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 24);
}
