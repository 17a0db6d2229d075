import type { Span } from '../../domain/span.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CodexEvents, SeenItem } from './codex-events.ts';
import type { Rollout } from './read-rollout.ts';

/** Events' names of what runs in the sandbox, and the rollout's. */
const toolTypes: Readonly<Record<string, string>> = {
  command_execution: 'CommandExecution',
  file_change: 'FileChange',
};

export interface ToolSpansOptions {
  readonly events: CodexEvents;
  readonly rollout: Rollout | undefined;
  /** Codex's own end, for what was running then. */
  readonly endUs: number;
  readonly clock: Clock;
}

/**
 * One span for each command and edit, to the event that says it ended. Codex says that a command began only
 * after its first wait for output, some 150 ms late (seen with 0.169.0), so the span begins when Codex noted
 * the call, where its rollout has it. What overlaps the model's time is the model's in the ledger.
 */
export function toolSpans({ events, rollout, endUs, clock }: ToolSpansOptions): Span[] {
  const callIds = callIdsOf(events, rollout);
  const offsetUs = clock.nowUs() - clock.wallMs() * 1000;
  const notedUs = (callId: string): number => {
    const call = rollout?.entries.find((entry) => entry.kind === 'call' && entry.callId === callId);
    return call?.kind === 'call' ? call.atMs * 1000 + offsetUs : Number.POSITIVE_INFINITY;
  };
  return events.items.filter(isTool).map((seen) => {
    const callId = callIds.get(seen.item.id) ?? seen.item.id;
    return {
      part: 'tool',
      name: nameOf(seen),
      startUs: Math.min(seen.startUs, notedUs(callId)),
      endUs: seen.endUs ?? endUs,
      details: { callId },
    };
  });
}

/** Both files tell the ends in the same order; from where they do not, nothing is matched. */
function callIdsOf(events: CodexEvents, rollout: Rollout | undefined): Map<string, string> {
  const ids = new Map<string, string>();
  const names = new Set(Object.values(toolTypes));
  const ended = (rollout?.ended ?? []).filter(({ type }) => names.has(type));
  for (const [at, { item }] of events.completed.filter(isTool).entries()) {
    const match = ended[at];
    if (match === undefined || match.type !== toolTypes[item.type]) break;
    ids.set(item.id, match.callId);
  }
  return ids;
}

function isTool({ item }: SeenItem): boolean {
  return item.type in toolTypes;
}

function nameOf({ item }: SeenItem): string {
  const what = item.command ?? (item.changes ?? []).map(({ path }) => path).join(' ');
  return `${item.type === 'file_change' ? 'apply_patch' : 'exec_command'} ${what}`.slice(0, 120);
}
