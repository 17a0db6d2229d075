import type { SeenItem } from './codex-events.ts';
import type { Entry } from './entry.ts';

/** What the events alone tell, where Codex left no rollout: no ends of answers, no ids of calls, no usage. */
export function entriesOfEvents(items: readonly SeenItem[]): Entry[] {
  return items.flatMap(entriesOf);
}

function entriesOf({ item, startMs: atMs }: SeenItem): Entry[] {
  const text = item.text ?? '';
  switch (item.type) {
    case 'agent_message':
      return [{ kind: 'message', atMs, text }];
    case 'reasoning':
      return [{ kind: 'reasoning', atMs, text }];
    case 'command_execution':
      return [
        { kind: 'call', atMs, callId: item.id, name: 'exec_command', arguments: { cmd: item.command ?? '' } },
        {
          kind: 'result',
          callId: item.id,
          text: item.aggregated_output ?? '',
          ...(typeof item.exit_code === 'number' ? { exitCode: item.exit_code } : {}),
        },
      ];
    case 'file_change':
      return [
        {
          kind: 'call',
          atMs,
          callId: item.id,
          name: 'apply_patch',
          arguments: { changes: item.changes ?? [] },
        },
      ];
    default:
      return [];
  }
}
