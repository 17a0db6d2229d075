import { join } from 'node:path';
import { EvalrunError, messageOf } from '../domain/errors.ts';
import type { Outcome, Phase } from '../domain/outcome.ts';
import type { TrialRecord, WorkingStyle } from '../domain/record.ts';
import type { TaskEnvironment, TaskStep } from '../domain/task.ts';
import type { PlannedTrial } from '../domain/trial.ts';
import { tryFolder } from '../results/run-folder.ts';
import type { PreparedImage, StartedSandbox } from '../sandbox/sandbox.ts';
import type { Try } from '../scheduler/run-all.ts';
import type { Verdict } from '../verifiers/verifier.ts';
import { AgentStation } from './agent-station.ts';
import { brokenOffOutcome } from './broken-off.ts';
import { collectPatch } from './collect-patch.ts';
import { PhaseNetworks } from './phase-networks.ts';
import { prepareEnvironment, prepareStep, prepareTask } from './prepare-task.ts';
import type { ScrubProof } from './scrub-repository.ts';
import { type StartEnvironmentOptions, startEnvironment } from './start-environment.ts';
import { judgedOutcome, type StepResult, skippedStep, stepResultOf } from './step-results.ts';
import type { TrialDependencies } from './trial-dependencies.ts';
import { TrialLog } from './trial-log.ts';
import { trialRecordOf } from './trial-record.ts';
import { trialTrajectory } from './trial-trajectory.ts';
import { TryFiles } from './try-files.ts';
import { workingStyle } from './working-style.ts';

/**
 * One try of a trial from its slot to its record: image, sandbox, agent, patch, verdict, teardown. Every
 * failure of ours becomes an `errored` outcome with its phase; only a failure to write results is thrown.
 */
export async function runTrial(
  trial: PlannedTrial,
  attempt: Try,
  dependencies: TrialDependencies,
): Promise<TrialRecord> {
  const folder = tryFolder(trial.id, attempt.number);
  await using files = await TryFiles.open(join(dependencies.runFolder, folder));
  const record = await new TrialRun(trial, attempt, dependencies, files, folder).toRecord();
  await files.close();
  return record;
}

class TrialRun {
  readonly #trial: PlannedTrial;
  readonly #attempt: Try;
  readonly #deps: TrialDependencies;
  readonly #files: TryFiles;
  readonly #folder: string;
  readonly #log: TrialLog;
  readonly #agent: AgentStation;
  readonly #networks: PhaseNetworks;
  readonly #sandboxes: StartedSandbox[] = [];
  readonly #steps: StepResult[] = [];
  #image: PreparedImage | undefined;
  #scrub: ScrubProof | undefined;
  #style: WorkingStyle | undefined;

  constructor(trial: PlannedTrial, attempt: Try, deps: TrialDependencies, files: TryFiles, folder: string) {
    this.#trial = trial;
    this.#attempt = attempt;
    this.#deps = deps;
    this.#files = files;
    this.#folder = folder;
    const onPhase = (phase: Phase): void => deps.emit({ type: 'trial-phase', trialId: trial.id, phase });
    this.#log = new TrialLog(deps.clock, onPhase);
    this.#agent = new AgentStation(trial, attempt.slot, deps, files, this.#log);
    this.#networks = new PhaseNetworks(trial.task.environment, this.#agent, deps, this.#log);
  }

  async toRecord(): Promise<TrialRecord> {
    const { clock } = this.#deps;
    const startUs = clock.nowUs();
    const startedAt = new Date(clock.wallMs()).toISOString();
    let outcome: Outcome;
    try {
      outcome = await this.#judgeOrErrored();
      await this.#log.timed('harness', 'write the trajectory', () => this.#keepTrajectory());
    } finally {
      this.#log.enter('teardown');
      await this.#log.timed('teardown', 'remove containers', () => this.#removeSandboxes());
    }
    const endUs = clock.nowUs();
    await this.#files.spans(this.#log.spans);
    return trialRecordOf(
      {
        trial: this.#trial,
        attempt: this.#attempt,
        outcome,
        startUs,
        endUs,
        startedAt,
        folder: this.#folder,
        agent: this.#agent,
        log: this.#log,
        steps: this.#steps,
        image: this.#image,
        scrub: this.#scrub,
        style: this.#style,
      },
      this.#deps,
    );
  }

  async #judgeOrErrored(): Promise<Outcome> {
    try {
      return await this.#judge();
    } catch (error) {
      if (error instanceof EvalrunError && error.code === 'storage') throw error;
      return brokenOffOutcome(error, this.#log.phase, this.#deps.stop);
    }
  }

  /** The stations in order. */
  async #judge(): Promise<Outcome> {
    const { task } = this.#trial;
    const sandbox = await this.#startTask();
    for (const step of task.steps) {
      const isOver = this.#steps.some((earlier) => earlier.belowMinimum || earlier.skipped);
      this.#steps.push(isOver ? skippedStep(step) : await this.#runStep(step, sandbox));
    }
    const tests = this.#steps.flatMap((step) => step.tests ?? []);
    await this.#log.timed('harness', 'write the tests', () => this.#files.tests(tests));
    return judgedOutcome(this.#steps, task.rewardStrategy);
  }

  async #startTask(): Promise<StartedSandbox> {
    const { task } = this.#trial;
    this.#log.enter('image');
    const image = await this.#log.timed('image', 'prepare the image', () =>
      this.#prepareImage(task.environment),
    );
    this.#image = image;
    this.#log.enter('sandbox');
    const sandbox = await this.#log.timed('sandbox', "start the agent's container", async () =>
      this.#start(task.environment, image, 'agent', await this.#agent.prepare(task.environment)),
    );
    this.#scrub = await this.#log.timed('sandbox', 'prepare the task', () =>
      prepareTask(sandbox, task, this.#deps.stop),
    );
    return sandbox;
  }

  async #prepareImage(environment: TaskEnvironment): Promise<PreparedImage> {
    const { engine, lanes, stop, emit, limits } = this.#deps;
    return lanes.image(() =>
      engine.prepareImage(environment.image, {
        signal: stop,
        timeoutMs: environment.startTimeoutSec * limits.timeoutMultiplier * 1000,
        onProgress: (line) => emit({ type: 'image-progress', trialId: this.#trial.id, line }),
      }),
    );
  }

  async #start(
    environment: TaskEnvironment,
    image: PreparedImage,
    role: StartEnvironmentOptions['role'],
    access: Pick<StartEnvironmentOptions, 'reach' | 'mounts'> = {},
  ): Promise<StartedSandbox> {
    const options = { environment, image, trialId: this.#trial.id, role, ...access, signal: this.#deps.stop };
    const sandbox = await startEnvironment(options, this.#deps);
    this.#sandboxes.push(sandbox);
    return sandbox;
  }

  async #runStep(step: TaskStep, sandbox: StartedSandbox): Promise<StepResult> {
    this.#log.enter('sandbox');
    await this.#networks.beforeAgent(step, sandbox);
    await this.#log.timed('sandbox', `prepare step ${step.name}`, () =>
      prepareStep(sandbox, step, this.#trial.task, this.#deps.stop),
    );
    const agentStartUs = this.#deps.clock.nowUs();
    const result = await this.#agent.run(step, sandbox);
    this.#log.enter('collect');
    const patch = await this.#log.timed('collect', 'end what still runs and take the patch', () =>
      this.#collect(sandbox),
    );
    await this.#log.timed('harness', 'look at the working style', async () => {
      this.#style = workingStyle({
        step,
        patch: patch === undefined ? undefined : new TextDecoder().decode(patch),
        trajectory: this.#agent.trajectory,
        spans: this.#log.spans,
        agentStartUs,
      });
    });
    return stepResultOf(step, result.ending, await this.#verify(step, sandbox, patch));
  }

  async #collect(sandbox: StartedSandbox): Promise<Uint8Array | undefined> {
    await sandbox.stopRunningExecs();
    const { repository } = this.#trial.task;
    if (repository === undefined) return undefined;
    const patch = await collectPatch(sandbox, repository, this.#deps.stop);
    await this.#files.patch(patch);
    return patch;
  }

  async #verify(step: TaskStep, sandbox: StartedSandbox, patch: Uint8Array | undefined): Promise<Verdict> {
    this.#log.enter('verify');
    await this.#networks.beforeTests(step, sandbox);
    const waitUs = this.#deps.clock.nowUs();
    return this.#deps.lanes.verify(async () => {
      const startUs = this.#deps.clock.nowUs();
      this.#log.record({
        part: 'harness',
        name: 'wait for a verification slot',
        startUs: waitUs,
        endUs: startUs,
      });
      const verdict = await this.#log.timed('verify', `verify ${step.name}`, () =>
        this.#verdictOf(step, sandbox, patch),
      );
      this.#log.notes.push(...verdict.notes);
      return verdict;
    });
  }

  async #verdictOf(step: TaskStep, sandbox: StartedSandbox, patch: Uint8Array | undefined): Promise<Verdict> {
    const { task } = this.#trial;
    const verdict = await this.#deps.verifierFor(step.verification).verify({
      task,
      step: withVerifierLimit(step, this.#deps.limits.verifierTimeoutSec),
      agentSandbox: sandbox,
      ...(patch === undefined ? {} : { patch }),
      startFresh: (environment) => this.#startFresh(environment),
      timeoutMultiplier: this.#deps.limits.timeoutMultiplier,
      signal: this.#deps.stop,
      log: (text) => this.#files.verifierLog(text),
    });
    this.#deps.stop.throwIfAborted();
    return verdict;
  }

  async #startFresh(environment: TaskEnvironment | undefined): Promise<StartedSandbox> {
    const wanted = environment ?? this.#trial.task.environment;
    const known = environment === undefined ? this.#image : undefined;
    const image = known ?? (await this.#prepareImage(wanted));
    const sandbox = await this.#start(wanted, image, 'verifier', await this.#agent.prepareVerifier(wanted));
    await prepareEnvironment(sandbox, wanted, this.#deps.stop);
    return sandbox;
  }

  /** What the agent left there may be anything; the verdict stands without it. */
  async #keepTrajectory(): Promise<void> {
    if (this.#agent.trajectory.length === 0) return;
    try {
      await this.#files.trajectory(trialTrajectory(this.#trial, this.#attempt, this.#agent, this.#deps));
    } catch (error) {
      if (error instanceof EvalrunError && error.code === 'storage') throw error;
      this.#log.notes.push(`the trajectory could not be written: ${messageOf(error)}`);
    }
  }

  async #removeSandboxes(): Promise<void> {
    // It promises not to throw; should it, the verdict stands and `evalrun clean` finds the container.
    const removals = this.#sandboxes.map((sandbox) => sandbox.remove());
    const ended = await Promise.allSettled([...removals, this.#agent.close()]);
    for (const one of ended) {
      if (one.status === 'rejected') {
        this.#log.notes.push(`a container could not be removed: ${messageOf(one.reason)}`);
      }
    }
  }
}

/** The suite's limit holds where the task's own is longer. */
function withVerifierLimit(step: TaskStep, limitSec = Number.POSITIVE_INFINITY): TaskStep {
  const timeoutSec = Math.min(step.verification.timeoutSec, limitSec);
  return { ...step, verification: { ...step.verification, timeoutSec } };
}
