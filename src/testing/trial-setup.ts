import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import { nopAgent } from '../agents/nop.ts';
import type { RunEvent } from '../domain/events.ts';
import type { ModelProfile } from '../domain/model.ts';
import type { TrialRecord } from '../domain/record.ts';
import type { Limits, Resources } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { Gateway } from '../inference/gateway/gateway.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import type { SandboxEngine } from '../sandbox/sandbox.ts';
import type { Slot } from '../scheduler/slot.ts';
import { runTrial } from '../trials/run-trial.ts';
import type { TrialDependencies } from '../trials/trial-dependencies.ts';
import type { Verifier } from '../verifiers/verifier.ts';
import { FakeEngine } from './fake-sandbox.ts';
import { ScriptedInference } from './scripted-inference.ts';
import { task as someTask } from './tasks.ts';

export interface TrialSetup {
  readonly task?: Task;
  readonly agent?: Agent;
  readonly verifier?: Verifier;
  readonly engine?: FakeEngine;
  readonly inference?: ScriptedInference;
  readonly gateway?: Gateway;
  readonly model?: ModelProfile;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly resources?: Resources;
  readonly runId?: string;
  readonly stop?: AbortSignal;
  readonly slot?: Slot;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface RanTrial<Engine extends SandboxEngine = FakeEngine> {
  readonly record: TrialRecord;
  readonly events: RunEvent[];
  readonly engine: Engine;
  readonly folder: string;
}

/** A verifier that gives this reward, and does what the test wants before it. */
export function verifierGiving(
  reward: number,
  before: Verifier['verify'] | (() => void) = () => undefined,
): Verifier {
  return {
    kind: 'fake',
    needsPatch: false,
    verify: async (context) => {
      await before(context);
      return { rewards: { reward }, notes: [] };
    },
  };
}

/** Runs one try with fakes for everything outside; the caller removes the folder with `removeFolders`. */
export async function runFakeTrial(setup: TrialSetup = {}): Promise<RanTrial> {
  const engine = setup.engine ?? new FakeEngine(setup.clock === undefined ? {} : { clock: setup.clock });
  return runTrialIn(engine, setup);
}

/** The same in any engine, a real one for instance; what is not given is a fake. */
export async function runTrialIn<Engine extends SandboxEngine>(
  engine: Engine,
  setup: Omit<TrialSetup, 'engine'>,
): Promise<RanTrial<Engine>> {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-trial-'));
  folders.push(folder);
  const events: RunEvent[] = [];
  const { task = someTask(), agent = nopAgent, model, clock = systemClock } = setup;
  const dependencies: TrialDependencies = {
    runId: setup.runId ?? 'run',
    runFolder: folder,
    seed: 1,
    engine,
    inference: setup.inference ?? new ScriptedInference(),
    ...(setup.gateway === undefined ? {} : { gateway: setup.gateway }),
    agentOf: () => agent,
    mountsOf: () => [],
    modelOf: () => model,
    verifierFor: () => setup.verifier ?? verifierGiving(1),
    limits: { commandTimeoutSec: 10, maxTurns: 10, timeoutMultiplier: 1, maxTries: 1, ...setup.limits },
    resources: setup.resources ?? {},
    lanes: { image: (work) => work(), verify: (work) => work() },
    clock,
    stop: setup.stop ?? new AbortController().signal,
    emit: (event) => {
      events.push(event);
      setup.onEvent?.(event);
    },
  };
  const trial = { id: 'mend.fake.1', task, arm: { agent: agent.name }, attempt: 1 };
  const attempt = { number: 1, queuedUs: clock.nowUs(), slot: setup.slot ?? keptSlot };
  const record = await runTrial(trial, attempt, dependencies);
  return { record, events, engine, folder: join(folder, record.folder) };
}

/** A slot that nobody else waits for. */
const keptSlot: Slot = { lend: () => false, takeBack: async () => undefined };

const folders: string[] = [];

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}
