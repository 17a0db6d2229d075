import type { Agent } from '../agents/agent.ts';
import type { Arm } from '../domain/arm.ts';
import type { EmitEvent } from '../domain/events.ts';
import type { ModelProfile } from '../domain/model.ts';
import type { Limits, Resources } from '../domain/run.ts';
import type { Verification } from '../domain/task.ts';
import type { InferenceClient } from '../inference/client.ts';
import type { Gateway } from '../inference/gateway/gateway.ts';
import type { Clock } from '../lib/clock.ts';
import type { ReadOnlyMount, SandboxEngine } from '../sandbox/sandbox.ts';
import type { Verifier } from '../verifiers/verifier.ts';

/** A lane lets so many at a time do a kind of work; the rest wait in order. */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>;

/** All that a trial is handed; one value for the whole run. */
export interface TrialDependencies {
  readonly runId: string;
  readonly runFolder: string;
  readonly seed: number;
  readonly engine: SandboxEngine;
  readonly inference: InferenceClient;
  /** Opened where an agent asks its model from inside the sandbox, or a task may reach some hosts. */
  readonly gateway?: Gateway;
  readonly agentOf: (arm: Arm) => Agent;
  /** What the arm's agent has prepared, seen read-only in its containers. */
  readonly mountsOf: (arm: Arm) => readonly ReadOnlyMount[];
  readonly modelOf: (arm: Arm) => ModelProfile | undefined;
  readonly verifierFor: (verification: Verification) => Verifier;
  readonly limits: Limits;
  readonly resources: Resources;
  readonly lanes: { readonly image: Lane; readonly verify: Lane };
  readonly clock: Clock;
  /** Aborted when the run is to stop. */
  readonly stop: AbortSignal;
  readonly emit: EmitEvent;
}
