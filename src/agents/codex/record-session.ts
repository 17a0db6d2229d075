import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { AgentContext } from '../agent.ts';
import { requireGateway } from '../gateway-ending.ts';
import type { CodexEvents, SeenItem } from './codex-events.ts';
import type { Entry } from './entry.ts';
import { entriesOfEvents } from './event-entries.ts';
import { type Rollout, readRollout } from './read-rollout.ts';
import { saveRollout } from './session-files.ts';
import { toolSpans } from './tool-spans.ts';
import { trajectorySteps } from './trajectory-steps.ts';

/** Saves the rollout and records spans and trajectory, whichever way Codex ended. */
export async function recordSession(
  context: AgentContext,
  events: CodexEvents,
  endUs: number,
): Promise<void> {
  const path = await saveRollout(context, events.threadId);
  const rollout = path === undefined ? undefined : await readRollout(path);
  const unreadable = events.unreadable + (rollout?.unreadable ?? 0);
  if (unreadable > 0) context.log(`codex: ${unreadable} lines of its events and rollout are not readable`);
  const spans = toolSpans({ events, rollout, endUs, clock: context.clock });
  for (const span of spans) context.recordSpan(span);
  const { gateway, model } = requireGateway(context, 'codex');
  const requests = gateway.requests();
  const steps = trajectorySteps({
    entries: rollout?.entries ?? entriesWithout(context, events.items),
    requests,
    spans,
    prices: model.prices,
    firstStepExtra: { ...codexTiming(rollout), ...transportNote(model, requests, context) },
  });
  for (const step of steps) context.recordStep(step);
}

function entriesWithout(context: AgentContext, items: readonly SeenItem[]): Entry[] {
  const told: Entry = {
    kind: 'told',
    source: 'user',
    atMs: items[0]?.startMs ?? context.clock.wallMs(),
    text: context.step.instruction,
  };
  return [told, ...entriesOfEvents(items)];
}

/** Another interval than the gateway's `ttft_us`: it begins with Codex's turn, before the request is made. */
function codexTiming(rollout: Rollout | undefined): Record<string, unknown> {
  return rollout?.turnTtftMs === undefined ? {} : { codex_turn_ttft_ms: rollout.turnTtftMs };
}

/** Codex changes to SSE by itself where it cannot have a WebSocket; times are then of another transport. */
function transportNote(
  { transport }: ModelProfile,
  requests: readonly RequestRecord[],
  { log }: AgentContext,
): Record<string, unknown> {
  const others = requests.filter((request) => request.kind === 'turn' && request.transport !== transport);
  if (others.length === 0) return {};
  const used = [...new Set(others.map((request) => request.transport))].join(', ');
  const note = `${transport} was asked for, and ${others.length} requests went over ${used}`;
  log(`codex: ${note}`);
  return { transport_note: note };
}
