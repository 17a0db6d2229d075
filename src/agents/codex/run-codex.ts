import { EvalrunError } from '../../domain/errors.ts';
import type { ExecResult } from '../../sandbox/sandbox.ts';
import type { AgentContext, AgentResult } from '../agent.ts';
import { asAgent, gatewayEnding, requireGateway } from '../gateway-ending.ts';
import { workdirOf } from '../workdir.ts';
import { tokenVariable } from './codex-config.ts';
import { CodexEvents } from './codex-events.ts';
import { codexHome, codexProgram } from './codex-home.ts';
import { recordSession } from './record-session.ts';
import { LineFile, sessionFile } from './session-files.ts';

/** One `codex exec` from its start to its records. */
export async function runCodex(context: AgentContext): Promise<AgentResult> {
  const { gateway } = requireGateway(context, 'codex');
  await using file = new LineFile(sessionFile(context, 'codex-events'));
  const events = new CodexEvents(context.clock, (line) => file.write(line));
  const exec = await execCodex(context, events);
  events.end();
  await file.close();
  logSession(context, events, exec);
  await recordSession(context, events, exec.endUs);
  throwIfNotRun(exec, events);
  throwIfCutOff(exec, events, context);
  const complaint = events.failure ?? lastLine(exec.stderr.text);
  return gatewayEnding({ exec, lastWords: events.lastMessage, complaint }, context, gateway);
}

function execCodex(context: AgentContext, events: CodexEvents): Promise<ExecResult> {
  const { gateway } = requireGateway(context, 'codex');
  const loopback = '127.0.0.1,localhost';
  return context.sandbox.exec({
    argv: [
      codexProgram,
      'exec',
      '--strict-config',
      '--json',
      '--dangerously-bypass-approvals-and-sandbox',
      '--skip-git-repo-check',
      '-',
    ],
    // Codex would send requests for the loopback, too, to a proxy that the container's environment names.
    env: {
      CODEX_HOME: codexHome(context),
      [tokenVariable]: gateway.token,
      NO_PROXY: loopback,
      no_proxy: loopback,
    },
    cwd: workdirOf(context),
    stdin: context.step.instruction,
    onStdout: events.push,
    ...asAgent(context, gateway),
  });
}

/** Codex itself ends with 0, 1 or 2; these say that the container could not run it. */
function throwIfNotRun({ ending, stderr }: ExecResult, events: CodexEvents): void {
  if (ending.kind !== 'exited' || events.threadId !== undefined) return;
  if (ending.code !== 126 && ending.code !== 127) return;
  throw new EvalrunError(
    `agent codex: ${codexProgram} cannot be run in the container: ${stderr.text.trim()}`,
    {
      code: 'sandbox',
      facts: { exitCode: ending.code },
    },
  );
}

/**
 * A turn fails by a request, and the gateway saw none fail: the way to it broke, or Codex before it. The model
 * has no part in either.
 */
function throwIfCutOff({ ending }: ExecResult, events: CodexEvents, context: AgentContext): void {
  const { gateway } = requireGateway(context, 'codex');
  if (ending.kind !== 'exited' || ending.code === 0) return;
  if (context.signal.aborted || gateway.closed.aborted) return;
  const last = gateway.requests().findLast(({ kind }) => kind !== 'side');
  const isUnseen = last?.status === 'completed' || last?.status === 'aborted';
  if (last !== undefined && !(isUnseen && events.failure !== undefined)) return;
  const said = events.failure ?? 'it asked for nothing';
  throw new EvalrunError(`agent codex: it failed, and none of its requests to the gateway did: ${said}`, {
    code: 'sandbox',
    isRetryable: true,
    facts: { exitCode: ending.code, requests: gateway.requests().length },
  });
}

function logSession({ log }: AgentContext, { items }: CodexEvents, { stderr, ending }: ExecResult): void {
  for (const { item } of items) {
    if (item.command !== undefined) {
      log(`$ ${item.command}\n${item.aggregated_output ?? ''}[exit code ${item.exit_code ?? 'unknown'}]`);
    } else if (item.changes !== undefined) {
      log(`> apply_patch ${item.changes.map(({ kind, path }) => `${kind} ${path}`).join(', ')}`);
    } else {
      log(`${item.type}: ${item.text ?? item.message ?? ''}`);
    }
  }
  const tail = stderr.text.slice(-4000).trim();
  if (tail !== '') log(`stderr:\n${tail}`);
  log(`codex ended: ${JSON.stringify(ending)}`);
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1) || undefined;
}
