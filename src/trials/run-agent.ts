import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, AgentContext, AgentResult } from '../agents/agent.ts';
import { EvalrunError } from '../domain/errors.ts';
import { noUsage } from '../domain/model.ts';
import type { Clock } from '../lib/clock.ts';

const defaultGraceMs = 20_000;
const untilToldMs = 50;

export interface AgentTime {
  readonly startUs: number;
  /** Undefined: no limit. */
  readonly limitUs: number | undefined;
  /** Taken by the provider so far: back-off, attempts that it failed. It does not count against the limit. */
  readonly backoffUs: () => number;
  /** Whether the model is silent in a way that may turn out as the provider's failure. */
  readonly mayBeAStall?: () => boolean;
  /** How long an agent may take to return once its time is over. Default 20 s. */
  readonly graceMs?: number;
}

/** The moment at which the agent's time is over, as it stands now. */
export function deadlineOf(time: AgentTime): number | undefined {
  return time.limitUs === undefined ? undefined : time.startUs + time.limitUs + time.backoffUs();
}

/**
 * Runs the agent within its limit. Its time being over is an ending, not a failure; what it left is judged.
 * Throws what the agent threw for our or the provider's failure, and the stop signal's reason.
 */
export async function runAgent(
  agent: Agent,
  context: Omit<AgentContext, 'signal'>,
  time: AgentTime,
  stop: AbortSignal,
  clock: Clock,
): Promise<AgentResult> {
  const limit = new AbortController();
  const finished = new AbortController();
  const watching = watchDeadline(time, limit, finished.signal, clock);
  const signal = AbortSignal.any([stop, limit.signal]);
  try {
    const result = await withGrace(agent.run({ ...context, signal }), signal, time.graceMs ?? defaultGraceMs);
    stop.throwIfAborted();
    return limit.signal.aborted ? { ...result, ending: 'time-limit' } : result;
  } catch (error) {
    stop.throwIfAborted();
    if (limit.signal.aborted && isAbort(error)) return { ending: 'time-limit', turns: 0, usage: noUsage };
    throw error;
  } finally {
    finished.abort();
    await watching;
  }
}

async function watchDeadline(
  time: AgentTime,
  limit: AbortController,
  finished: AbortSignal,
  clock: Clock,
): Promise<void> {
  for (
    let deadline = deadlineOf(time);
    deadline !== undefined && !finished.aborted;
    deadline = deadlineOf(time)
  ) {
    const leftMs = (deadline - clock.nowUs()) / 1000;
    const isOpen = leftMs <= 0 && time.mayBeAStall?.() === true;
    if (leftMs <= 0 && !isOpen) {
      limit.abort(new DOMException("the agent's time is over", 'AbortError'));
      return;
    }
    // Not longer than a timer can count; looked at again, since back-off moves the deadline.
    const waitMs = isOpen ? untilToldMs : Math.min(leftMs, 60_000);
    await sleep(waitMs, undefined, { signal: finished }).catch(() => undefined);
  }
}

/** The agent's result, or an error when it does not return in time after the signal. */
async function withGrace(
  run: Promise<AgentResult>,
  signal: AbortSignal,
  graceMs: number,
): Promise<AgentResult> {
  const done = new AbortController();
  const overdue = new Promise<never>((_, reject) => {
    const wait = async (): Promise<void> => {
      await sleep(graceMs, undefined, { signal: done.signal });
      reject(
        new EvalrunError(`the agent did not return within ${graceMs / 1000} s of its end`, {
          code: 'internal',
        }),
      );
    };
    const start = (): void => void wait().catch(() => undefined);
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([run, overdue]);
  } finally {
    done.abort();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
