/** Faults that are decided before the first event is sent: in the plan, and in the order and cost of its frames. */
import type { AnswerPlan, PlannedUsage } from './answer-plan.ts';
import type { Fault } from './faults.ts';
import { type Frame, pause, type Rendering, type TokenFrame } from './frames.ts';

export function disturbPlan(plan: AnswerPlan, fault: Fault | undefined): AnswerPlan {
  switch (fault?.kind) {
    case 'no-usage':
      return { ...plan, usage: undefined };
    case 'wrong-usage':
      return { ...plan, usage: timesOutput(plan.usage, fault.factor) };
    case 'hidden-reasoning':
      return withHiddenReasoning(plan, fault.tokens);
    default:
      return plan;
  }
}

function timesOutput(usage: PlannedUsage | undefined, factor: number): PlannedUsage | undefined {
  return usage === undefined ? undefined : { ...usage, output: Math.round(usage.output * factor) };
}

/** A prewarm thinks of nothing. */
function withHiddenReasoning(plan: AnswerPlan, tokens: number): AnswerPlan {
  if (plan.message === undefined && plan.calls.length === 0) return plan;
  const { usage } = plan;
  return {
    ...plan,
    reasoning: { tokens, summary: '' },
    usage: usage && { ...usage, output: usage.output - usage.reasoning + tokens, reasoning: tokens },
  };
}

export function disturbRendering(rendering: Rendering, fault: Fault | undefined): Rendering {
  switch (fault?.kind) {
    case 'bundle':
      return { ...rendering, frames: bundled(rendering.frames, fault.tokens) };
    case 'burst':
      return { ...rendering, frames: heldBack(rendering.frames) };
    case 'empty-first':
      return withEmptyDeltas(rendering, fault.count);
    default:
      return rendering;
  }
}

/** So many tokens in one delta, which comes when the last of them is there. */
function bundled(frames: readonly Frame[], size: number): readonly Frame[] {
  const result: Frame[] = [];
  let bundle: TokenFrame[] = [];
  const flush = () => {
    const last = bundle.at(-1);
    if (last !== undefined) {
      const waited = bundle.slice(0, -1).reduce((sum, { cost }) => sum + cost, 0);
      result.push(pause(waited), { ...last, text: bundle.map(({ text }) => text).join('') });
    }
    bundle = [];
  };
  for (const frame of frames) {
    if (frame.kind !== 'token' || frame.stream !== bundle.at(-1)?.stream || bundle.length === size) flush();
    if (frame.kind === 'token') bundle.push(frame);
    else result.push(frame);
  }
  flush();
  return result.map((frame) => (frame.kind === 'token' ? unmerged(frame) : frame));
}

function heldBack(frames: readonly Frame[]): readonly Frame[] {
  const total = frames.reduce((sum, frame) => sum + (frame.kind === 'mark' ? 0 : frame.cost), 0);
  const shown = frames.filter((frame) => frame.kind !== 'pause');
  const atOnce = shown.map((frame) => (frame.kind === 'token' ? { ...unmerged(frame), cost: 0 } : frame));
  return [pause(total), ...atOnce];
}

/** Only tokens of one stream are merged: with a stream of its own a token stays a delta of its own. */
function unmerged(frame: TokenFrame): TokenFrame {
  return { ...frame, stream: { ...frame.stream } };
}

function withEmptyDeltas(rendering: Rendering, count: number): Rendering {
  const { frames } = rendering;
  const at = frames.findIndex((frame) => frame.kind !== 'mark');
  const first = frames[at];
  if (first?.kind !== 'token') return rendering;
  const marks = frames.slice(0, at).flatMap((frame) => (frame.kind === 'mark' ? [frame.event] : []));
  const empty = Array.from({ length: count }, () => first.stream.delta(''));
  return { ...rendering, opening: [...rendering.opening, ...marks, ...empty], frames: frames.slice(at) };
}
