import type { AgentContext, AgentResult } from '../agents/agent.ts';
import { inferenceFailure } from '../agents/inference-failure.ts';
import { EvalrunError } from '../domain/errors.ts';
import type { InterventionRecord } from '../domain/intervention.ts';
import { addUsage, noUsage, type Usage } from '../domain/model.ts';
import type { Ending } from '../domain/outcome.ts';
import type { NetworkUse } from '../domain/record.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type { NetworkPolicy, TaskEnvironment, TaskStep } from '../domain/task.ts';
import type { TrajectoryStep } from '../domain/trajectory.ts';
import type { PlannedTrial } from '../domain/trial.ts';
import type { InferenceSession } from '../inference/client.ts';
import { stallTimeoutOf } from '../inference/stall-timeout.ts';
import type { Reach, ReadOnlyMount, Sandbox } from '../sandbox/sandbox.ts';
import type { Slot } from '../scheduler/slot.ts';
import { gatewayPort, type ModelAccess, openHostAccess, openModelAccess } from './model-access.ts';
import { modelSpans } from './model-spans.ts';
import { NetworkAttempts } from './network-attempts.ts';
import { ProviderSilence } from './provider-silence.ts';
import { ProviderWaits } from './provider-waits.ts';
import { type AgentTime, deadlineOf, runAgent } from './run-agent.ts';
import { networkOf } from './start-environment.ts';
import type { TrialDependencies } from './trial-dependencies.ts';
import type { TrialLog } from './trial-log.ts';
import type { TryFiles } from './try-files.ts';

/** The agent's part of a try: its session, its limits, and everything that was counted while it ran. */
export class AgentStation {
  readonly requests: RequestRecord[] = [];
  readonly trajectory: TrajectoryStep[] = [];
  usage: Usage = noUsage;
  turns = 0;
  /** Over all steps; undefined before the first started. */
  wallUs: number | undefined;
  backoffUs = 0;
  message: string | undefined;
  intervention: InterventionRecord | undefined;
  /** Start of the current step's agent. */
  startUs = 0;
  /** What the provider had taken before the current step's agent. */
  #waitedBeforeUs = 0;
  readonly #attempts = new NetworkAttempts();
  #network: NetworkPolicy | undefined;
  #access: ModelAccess | undefined;
  readonly #verifierAccesses: ModelAccess[] = [];
  readonly #waits: ProviderWaits;
  readonly #silence: ProviderSilence;
  readonly #trial: PlannedTrial;
  readonly #deps: TrialDependencies;
  readonly #files: TryFiles;
  readonly #log: TrialLog;

  constructor(trial: PlannedTrial, slot: Slot, deps: TrialDependencies, files: TryFiles, log: TrialLog) {
    this.#trial = trial;
    this.#waits = new ProviderWaits(deps.clock, slot);
    this.#silence = new ProviderSilence(deps.clock);
    this.#deps = deps;
    this.#files = files;
    this.#log = log;
  }

  /**
   * Before the container, or before it changes to a step's network: what it is given so that the agent in it
   * can work. Whatever was open is closed.
   */
  async prepare(
    environment: TaskEnvironment,
  ): Promise<{ reach: Reach | undefined; mounts: readonly ReadOnlyMount[] }> {
    await this.close();
    this.#access = await openModelAccess(this.#trial, environment, this.#deps, {
      onRecord: (record) => this.#noteRequest(record),
      onWaiting: this.#waits.onWaiting,
      onExchange: this.#silence.onExchange,
      onProxyAttempt: (attempt) => this.#attempts.note(attempt),
    });
    const reach = this.#access?.reach;
    this.#noteNetwork(networkOf({ environment, role: 'agent', reach }, this.#deps.resources));
    return { reach, mounts: this.#deps.mountsOf(this.#trial.arm) };
  }

  /** A verifier that may reach some hosts gets a way of its own, which leads to no model. */
  async prepareVerifier(environment: TaskEnvironment): Promise<{ reach: Reach | undefined }> {
    const access = await openHostAccess(this.#trial, environment, this.#deps, (attempt) =>
      this.#attempts.note(attempt),
    );
    if (access !== undefined) this.#verifierAccesses.push(access);
    return { reach: access?.reach };
  }

  /** Whether a process in the agent's container could ask its model. */
  get leadsToModel(): boolean {
    return this.#access?.leadsToModel ?? false;
  }

  /** What the agent could reach, in the step where it was most; undefined where none was started. */
  get networkUse(): NetworkUse | undefined {
    return this.#network === undefined ? undefined : this.#attempts.under(this.#network);
  }

  /** After the agent: nothing of the trial may reach a model any more. */
  async close(): Promise<void> {
    const open = [...this.#verifierAccesses.splice(0), ...(this.#access === undefined ? [] : [this.#access])];
    this.#access = undefined;
    await Promise.all(open.map(({ gateway }) => gateway[Symbol.asyncDispose]()));
  }

  /** Runs the agent on one step within its limit. Throws what was our or the provider's failure. */
  async run(step: TaskStep, sandbox: Sandbox): Promise<AgentResult> {
    const agent = this.#deps.agentOf(this.#trial.arm);
    const session = await this.#log.timed('harness', 'open the session', async () => this.#openSession(step));
    try {
      const time = this.#timeOf(step);
      this.#beginAtGateway(step);
      const context = this.#contextOf(step, sandbox, session, () => deadlineOf(time));
      this.#log.enter('agent-setup');
      if (agent.setUp !== undefined) {
        await this.#log.timed('agent-setup', agent.name, async () =>
          agent.setUp?.({ ...context, signal: this.#deps.stop }),
        );
      }
      this.#log.enter('agent');
      time.startUs = this.startUs = this.#deps.clock.nowUs();
      const result = this.#judgedByGateway(
        await this.#log.timed('agent', agent.name, () =>
          runAgent(agent, context, time, this.#deps.stop, this.#deps.clock),
        ),
      );
      this.#note(result);
      return result;
    } finally {
      this.#noteTime();
      if (this.#waits.areOpen) {
        await this.#log.timed('model.backoff', 'wait for the slot again', () => this.#waits.close());
      }
      await this.#log.timed('harness', 'close the session', async () => session?.[Symbol.asyncDispose]());
    }
  }

  #noteNetwork(network: NetworkPolicy): void {
    const breadth = ['none', 'gateway', 'allowlist', 'public'];
    const widest = this.#network ?? 'none';
    this.#network = breadth.indexOf(network) > breadth.indexOf(widest) ? network : widest;
  }

  #timeOf(step: TaskStep): AgentTime & { startUs: number } {
    const { limits, clock } = this.#deps;
    this.#waitedBeforeUs = this.#providersUs;
    const timeoutSec = step.agentTimeoutSec ?? limits.agentTimeoutSec;
    const limitUs =
      timeoutSec === undefined ? undefined : Math.round(timeoutSec * limits.timeoutMultiplier * 1e6);
    const stallLimitUs = stallTimeoutOf(this.#deps.modelOf(this.#trial.arm) ?? {}) * 1000;
    return {
      startUs: clock.nowUs(),
      limitUs,
      backoffUs: () => this.#providersUs - this.#waitedBeforeUs,
      mayBeAStall: () => limitUs !== undefined && this.#silence.mayBeAStall(limitUs, stallLimitUs),
    };
  }

  /** What the provider has taken of the time so far: waits for it, and attempts that it failed. */
  get #providersUs(): number {
    return this.#waits.us + this.#silence.lostUs;
  }

  #openSession(step: TaskStep): InferenceSession | undefined {
    const { arm, id } = this.#trial;
    const model = this.#deps.modelOf(arm);
    if (model === undefined || this.#deps.agentOf(arm).asksVia === 'gateway') return undefined;
    return this.#deps.inference.openSession({
      model,
      trialId: id,
      metadata: this.#metadataOf(step),
      onRecord: (record) => this.#noteRequest(record),
      onWaiting: this.#waits.onWaiting,
      onExchange: this.#silence.onExchange,
    });
  }

  /** By these the simulator and a cassette find what to answer. */
  #metadataOf(step: TaskStep): Record<string, string> {
    const { task, arm, attempt, id } = this.#trial;
    const model = arm.model ?? '';
    return { task: task.id, step: step.name, attempt: String(attempt), model, trial: id };
  }

  #beginAtGateway(step: TaskStep): void {
    const { maxTurns, maxTokens } = this.#deps.limits;
    this.#access?.gateway.begin({
      metadata: this.#metadataOf(step),
      maxTurns,
      ...(maxTokens === undefined ? {} : { maxTokens: maxTokens - this.#tokens() }),
    });
  }

  /**
   * An agent in the sandbox sees only that its requests fail; the gateway knows why. What the provider did is
   * no failure of the agent's.
   */
  #judgedByGateway(result: AgentResult): AgentResult {
    const failure = this.#access?.gateway.failure;
    if (failure === undefined) return result;
    if (failure.kind === 'provider') throw inferenceFailure(failure.error);
    if (failure.kind === 'budget') {
      throw new EvalrunError('the budget of the run is spent', { code: 'budget' });
    }
    return { ...result, ending: failure.kind satisfies Ending };
  }

  #contextOf(
    step: TaskStep,
    sandbox: Sandbox,
    session: InferenceSession | undefined,
    deadlineUs: () => number | undefined,
  ): Omit<AgentContext, 'signal'> {
    const { clock, limits } = this.#deps;
    const model = this.#deps.modelOf(this.#trial.arm);
    const { intervention } = this.#trial.task;
    return {
      task: this.#trial.task,
      step,
      sandbox,
      ...(step.agentUser === undefined ? {} : { user: step.agentUser }),
      ...(model === undefined ? {} : { model }),
      ...(session === undefined ? {} : { session }),
      ...this.#gatewayAccess(),
      artifactsFolder: this.#files.folder,
      ...(intervention === undefined ? {} : { intervention }),
      limits: {
        deadlineUs,
        maxTurns: limits.maxTurns,
        ...(limits.maxTokens === undefined ? {} : { maxTokens: limits.maxTokens - this.#tokens() }),
        commandTimeoutMs: limits.commandTimeoutSec * 1000,
      },
      clock,
      recordSpan: this.#log.record,
      recordStep: (entry) => void this.trajectory.push(entry),
      log: (line) => this.#files.agentLog(line),
    };
  }

  #gatewayAccess(): Pick<AgentContext, 'gateway'> {
    const gateway = this.#access?.gateway;
    if (gateway === undefined || this.#deps.agentOf(this.#trial.arm).asksVia !== 'gateway') return {};
    const baseUrl = `http://127.0.0.1:${gatewayPort}/v1`;
    const { token, closed } = gateway;
    return { gateway: { baseUrl, token, closed, requests: () => this.requests } };
  }

  #noteRequest(record: RequestRecord): void {
    const endUs = this.#deps.clock.nowUs();
    this.requests.push(record);
    this.#silence.note(record);
    this.#files.request(record);
    for (const span of modelSpans(record, endUs)) this.#log.record(span);
    if (record.usage === undefined) return;
    this.usage = addUsage(this.usage, record.usage);
    this.#deps.emit({
      type: 'trial-output',
      trialId: this.#trial.id,
      outputTokens: record.usage.output,
      modelUs: endUs - record.marks.t0,
    });
  }

  /** Of the steps so far: the limit is for the whole trial. */
  #tokens(): number {
    return this.usage.input + this.usage.output;
  }

  #note(result: AgentResult): void {
    this.turns += result.turns;
    this.message = result.message;
    this.intervention = result.intervention;
  }

  #noteTime(): void {
    if (this.startUs === 0) return;
    this.wallUs = (this.wallUs ?? 0) + this.#deps.clock.nowUs() - this.startUs;
    this.backoffUs += this.#providersUs - this.#waitedBeforeUs;
    this.startUs = 0;
  }
}
