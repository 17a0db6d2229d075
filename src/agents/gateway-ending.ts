import { EvalrunError } from '../domain/errors.ts';
import { addUsage, noUsage } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type { ExecResult } from '../sandbox/sandbox.ts';
import type { AgentContext, AgentResult, GatewayAccess } from './agent.ts';
import { inferenceFailure } from './inference-failure.ts';

export interface EndedProgram {
  readonly exec: ExecResult;
  /** What it said last. */
  readonly lastWords: string | undefined;
  /** Why it failed, as it says itself. */
  readonly complaint: string | undefined;
}

/**
 * How a program in the sandbox ended, by its exit and by what the gateway saw of its requests. Throws where
 * the provider failed it: that is never judged as the model's.
 */
export function gatewayEnding(
  { exec, lastWords, complaint }: EndedProgram,
  { signal }: Pick<AgentContext, 'signal'>,
  gateway: GatewayAccess,
): AgentResult {
  const counts = countsOf(gateway.requests());
  const requests = gateway.requests();
  const last = requests.findLast(({ kind }) => kind !== 'side');
  if (exec.ending.kind === 'exited' && exec.ending.code === 0) {
    // Programs show a refusal in their own ways, or not at all.
    if (last?.refusal !== undefined) return { ending: 'refused', message: last.refusal, ...counts };
    // It may take half an answer, or none, for the end of its work.
    if (isProviders(last) && !signal.aborted) throw providerFailure(last);
    return { ending: 'finished', ...(lastWords === undefined ? {} : { message: lastWords }), ...counts };
  }
  if (signal.aborted) return { ending: 'time-limit', ...counts };
  if (last?.status === 'failed') {
    if (last.error?.kind !== 'context-overflow') throw providerFailure(last);
    return { ending: 'context-overflow', message: last.error.message, ...counts };
  }
  // What looks like a side call may be all that a program makes.
  const latest = requests.at(-1);
  if (isProviders(latest)) throw providerFailure(latest);
  const message = gateway.closed.aborted ? 'the gateway takes no more of its requests' : complaint;
  return { ending: 'agent-failed', message: message ?? describeEnding(exec), ...counts };
}

/** Turns are answers that came whole; side calls, prewarms and compactions are none. */
function countsOf(requests: readonly RequestRecord[]): Pick<AgentResult, 'turns' | 'usage'> {
  const turns = requests.filter(({ kind, status }) => kind === 'turn' && status === 'completed');
  const usage = turns.reduce((sum, { usage: one }) => addUsage(sum, one ?? noUsage), noUsage);
  return { turns: turns.length, usage };
}

/** Whether the provider or the network failed it, and not what the agent asked for. */
function isProviders(record: RequestRecord | undefined): record is RequestRecord {
  const kind = record?.error?.kind;
  return record?.status === 'failed' && kind !== 'invalid-request' && kind !== 'context-overflow';
}

function providerFailure({ error }: RequestRecord): EvalrunError {
  return inferenceFailure(error ?? { kind: 'unknown', message: 'no reason was given', retryable: false });
}

function describeEnding({ ending }: ExecResult): string {
  return ending.kind === 'exited'
    ? `it ended with exit code ${ending.code}`
    : `it was ended (${ending.kind})`;
}

/** The gateway and the model that an agent in the sandbox cannot do without. */
export function requireGateway(
  context: AgentContext,
  agent: string,
): Required<Pick<AgentContext, 'gateway' | 'model'>> {
  const { gateway, model } = context;
  if (gateway !== undefined && model !== undefined) return { gateway, model };
  throw new EvalrunError(`agent ${agent} asks its model through the gateway, and none was opened`, {
    code: 'internal',
  });
}

/** As from now on: what the gateway saw of earlier steps is not this one's. */
export function fromNowOn(context: AgentContext): AgentContext {
  const { gateway } = context;
  if (gateway === undefined) return context;
  const before = gateway.requests().length;
  return { ...context, gateway: { ...gateway, requests: () => gateway.requests().slice(before) } };
}

/** The user and the moment to stop, for a program that is run on the agent's behalf. */
export function asAgent(
  { user, signal }: AgentContext,
  gateway: GatewayAccess,
): { readonly user?: string; readonly signal: AbortSignal } {
  return { ...(user === undefined ? {} : { user }), signal: AbortSignal.any([signal, gateway.closed]) };
}
