import type { AgentContext } from '../agents/agent.ts';
import type { ModelProfile } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type { Span } from '../domain/span.ts';
import type { Task } from '../domain/task.ts';
import type { TrajectoryStep } from '../domain/trajectory.ts';
import { startGateway } from '../inference/gateway/start-gateway.ts';
import { modelOf } from '../inference/simulator/fixtures.ts';
import { systemClock } from '../lib/clock.ts';
import type { ReadOnlyMount, StartedSandbox } from '../sandbox/sandbox.ts';
import { type DockerTestKit, shell } from './docker-test-kit.ts';

export interface SandboxedTrialOptions {
  readonly kit: DockerTestKit;
  readonly task: Task;
  /** Of the provider, as the host sees it. */
  readonly baseUrl: string;
  /** Of the provider; only the gateway may have it. */
  readonly key: string;
  readonly transport?: ModelProfile['transport'];
  readonly maxTurns?: number;
  readonly mounts?: readonly ReadOnlyMount[];
  readonly artifactsFolder?: string;
}

export interface SandboxedTrial extends AsyncDisposable {
  readonly context: AgentContext;
  readonly sandbox: StartedSandbox;
  /** Ends the agent's time. */
  readonly time: AbortController;
  readonly requests: RequestRecord[];
  readonly spans: Span[];
  readonly trajectory: TrajectoryStep[];
}

const user = '1000:1000';
const port = 41_080;

/** A trial as a run puts it together: a container without a network, the gateway's way out, a user, a file. */
export async function startSandboxedTrial(options: SandboxedTrialOptions): Promise<SandboxedTrial> {
  const { kit, task, artifactsFolder, mounts = [] } = options;
  await using disposables = new AsyncDisposableStack();
  const model = keyedModel(options);
  const [requests, spans, trajectory]: [RequestRecord[], Span[], TrajectoryStep[]] = [[], [], []];
  const gateway = disposables.use(
    await startGateway({
      clock: systemClock,
      env: { KEY: options.key },
      retry: { maxAttempts: 2, baseMs: 10, maxMs: 20 },
      random: () => 0.5,
      stallTimeoutMs: 30_000,
      connectTimeoutMs: 5000,
    }),
  );
  const trial = await gateway.openTrial({
    trialId: task.id,
    models: [model],
    onRecord: (record) => void requests.push(record),
  });
  trial.begin({
    metadata: { task: task.id, step: 'main', attempt: '1', model: 'fast', trial: task.id },
    ...(options.maxTurns === undefined ? {} : { maxTurns: options.maxTurns }),
  });
  const reach = { socketPath: trial.socketPath, port };
  const sandbox = disposables.use(await kit.start({ network: 'gateway', reach, mounts, workdir: '/app' }));
  await shell(sandbox, `printf 'one\\ntwo\\nthree\\n' > a.txt && chown -R ${user} .`);
  const time = new AbortController();
  const context: AgentContext = {
    task,
    step: task.steps[0],
    sandbox,
    user,
    model,
    gateway: {
      baseUrl: `http://127.0.0.1:${port}/v1`,
      token: trial.token,
      closed: trial.closed,
      requests: () => requests,
    },
    ...(artifactsFolder === undefined ? {} : { artifactsFolder }),
    limits: { deadlineUs: () => undefined, maxTurns: 100, commandTimeoutMs: 60_000 },
    signal: time.signal,
    clock: systemClock,
    recordSpan: (span) => void spans.push(span),
    recordStep: (step) => void trajectory.push(step),
    log: () => undefined,
  };
  const started = disposables.move();
  return {
    ...{ context, sandbox, time, requests, spans, trajectory },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** Played by the simulator, and reached with a key like a real one. */
function keyedModel({ baseUrl, transport = 'responses-websocket' }: SandboxedTrialOptions): ModelProfile {
  const provider = {
    name: 'keyed',
    kind: 'openai',
    baseUrl,
    apiKeyEnv: 'KEY',
    playedBy: 'simulator',
  } as const;
  return { ...modelOf(baseUrl, transport), provider };
}
