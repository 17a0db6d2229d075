/**
 * Who tries. An agent gets an instruction, a sandbox it cannot stop, and limits; it reports how it ended.
 * It does not know tests or verdicts. A new agent is one file or folder and one line in `agents.ts`.
 */

import type { Intervention, InterventionRecord } from '../domain/intervention.ts';
import type { ModelProfile, Usage } from '../domain/model.ts';
import type { Ending } from '../domain/outcome.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type { RecordSpan } from '../domain/span.ts';
import type { Task, TaskStep } from '../domain/task.ts';
import type { TrajectoryStep } from '../domain/trajectory.ts';
import type { InferenceSession } from '../inference/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { ReadOnlyMount, Sandbox } from '../sandbox/sandbox.ts';

export interface Agent {
  readonly name: string;
  readonly version: string;
  /** Whether it talks to a model through evalrun; oracle and nop do not. */
  readonly needsModel: boolean;
  /** Whether it reads the reference solution; only the oracle does. */
  readonly readsSolution: boolean;
  /**
   * Where it asks its model: `client` through evalrun's own client on the host (the loop), `gateway` from
   * inside the sandbox. Absent: it asks none.
   */
  readonly asksVia?: 'client' | 'gateway';
  /** Whether it can be interrupted and redirected while it works. */
  readonly steerable?: boolean;
  /** What it was told beside a task; kept in run.json, so that a resumed run makes the same agent. */
  readonly settings?: AgentSettings;
  /** Why it cannot work with this model, a whole sentence; undefined: nothing speaks against it. */
  refuses?(model: ModelProfile): string | undefined;
  /** Once a run, before the first trial: fetches what it needs; what it returns is mounted into each container. */
  prepare?(options: PrepareAgentOptions): Promise<PreparedAgent>;
  /** Puts what it needs into the sandbox; timed as agent-setup. Throws EvalrunError when our side failed. */
  setUp?(context: AgentContext): Promise<void>;
  /**
   * Tries. When `context.signal` is aborted it stops soon and returns; a time limit is the caller's to
   * name. Throws EvalrunError only for our or the provider's failure, never for its own.
   */
  run(context: AgentContext): Promise<AgentResult>;
}

export interface AgentSettings {
  /** `--agent-command`: what agent `command` runs. */
  readonly command?: string | undefined;
  /** `--agent-mount`: host folders that it finds in its container. */
  readonly mounts?: readonly ReadOnlyMount[] | undefined;
}

export interface PrepareAgentOptions {
  /** Kept between runs. */
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

export interface PreparedAgent {
  readonly mounts: readonly ReadOnlyMount[];
}

/** How an agent in the sandbox reaches its model. */
export interface GatewayAccess {
  /** As seen in the sandbox, with `/v1`: http://127.0.0.1:PORT/v1. */
  readonly baseUrl: string;
  /** Opens this trial only; no provider's key. */
  readonly token: string;
  /** Aborted when the agent cannot go on through no choice of its own. */
  readonly closed: AbortSignal;
  /** What the gateway saw so far, in order. */
  readonly requests: () => readonly RequestRecord[];
}

export interface AgentContext {
  readonly task: Task;
  readonly step: TaskStep;
  readonly sandbox: Sandbox;
  readonly user?: string;
  /** Present when `needsModel`. */
  readonly model?: ModelProfile;
  readonly session?: InferenceSession;
  /** Present when `asksVia` is gateway. */
  readonly gateway?: GatewayAccess;
  /** How the user steps in; given to agents that are `steerable` only. */
  readonly intervention?: Intervention;
  /** Host folder of this try, for files of the agent's own (a rollout). */
  readonly artifactsFolder?: string;
  readonly limits: AgentLimits;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly recordSpan: RecordSpan;
  readonly recordStep: (step: TrajectoryStep) => void;
  /** Lines for agent.log. */
  readonly log: (line: string) => void;
}

export interface AgentLimits {
  /** Monotonic microseconds at which the agent's time is over; undefined: no limit. Grows by back-off, which does not count. */
  readonly deadlineUs: () => number | undefined;
  readonly maxTurns: number;
  /** Input and output tokens together over the trial; undefined: no limit. */
  readonly maxTokens?: number;
  readonly commandTimeoutMs: number;
}

export interface AgentResult {
  readonly ending: Ending;
  /** The agent's last words, or why it failed. */
  readonly message?: string;
  readonly turns: number;
  readonly usage: Usage;
  /** What came of `context.intervention`. */
  readonly intervention?: InterventionRecord;
}
