/** From what a turn does to the calls of the tools that the request offers. */
import type { PlannedCall } from './answer-plan.ts';
import type { RunningSession } from './conversation.ts';
import type { CreateRequest } from './create-request.ts';
import type { ToolUse } from './turn.ts';

/** What the request offers of the tools that the simulator knows: the built-in loop's own, and Codex's. */
export interface Toolbox {
  readonly shell: 'shell' | 'exec_command' | undefined;
  readonly edit: PlannedCall['kind'] | undefined;
}

export function toolboxOf({ tools, customTools }: CreateRequest): Toolbox {
  const isCustom = customTools.includes('apply_patch');
  return {
    shell: (['shell', 'exec_command'] as const).find((name) => tools.includes(name)),
    edit: isCustom ? 'custom' : tools.includes('apply_patch') ? 'function' : undefined,
  };
}

export function callOf(use: ToolUse, toolbox: Toolbox, callId: string): PlannedCall {
  if (use.tool === 'apply_patch') return editCall(use.patch, toolbox, callId);
  const { command, timeoutMs } = use;
  const args =
    toolbox.shell === 'exec_command'
      ? { cmd: command, ...(timeoutMs === undefined ? {} : { yield_time_ms: longestYieldMs }) }
      : { command, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) };
  return functionCall(toolbox.shell ?? 'shell', args, callId);
}

/** The most that Codex waits for a command before it goes on in the background. */
const longestYieldMs = 30_000;

/** Asks for what a command that still runs has printed since. */
export function pollCall(session: RunningSession, callId: string): PlannedCall {
  const args = { session_id: session.id, chars: '', yield_time_ms: longestYieldMs };
  return functionCall('write_stdin', args, callId);
}

function editCall(patch: string, { edit }: Toolbox, callId: string): PlannedCall {
  if (edit === 'custom') return { kind: 'custom', callId, name: 'apply_patch', input: patch };
  return functionCall('apply_patch', { patch }, callId);
}

function functionCall(name: string, args: object, callId: string): PlannedCall {
  return { kind: 'function', callId, name, input: JSON.stringify(args) };
}
