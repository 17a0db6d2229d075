/** Tasks, profiles and a simulator for tests. */
import type { ModelProfile, SimulationProfile } from '../../domain/model.ts';
import type { Solution, Task } from '../../domain/task.ts';
import { systemClock } from '../../lib/clock.ts';
import type { SimulatedModel } from './plan-answer.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

const assumed = (value: number) => ({ value, source: 'test' });

export function profileOf(figures: {
  readonly ttftMs?: number;
  readonly sigma?: number;
  readonly tokensPerSecond?: number;
  readonly overheadMs?: number;
  readonly rate?: number;
}): SimulationProfile {
  return {
    ttftMedianMs: assumed(figures.ttftMs ?? 5),
    ttftSigma: assumed(figures.sigma ?? 0.1),
    tokensPerSecond: assumed(figures.tokensPerSecond ?? 20_000),
    roundTripOverheadMs: assumed(figures.overheadMs ?? 1),
    successRate: { default: assumed(figures.rate ?? 1) },
  };
}

export function taskOf(id: string, solution: Solution | undefined, wrongSolution?: Solution): Task {
  return {
    id,
    dataset: { name: 'test', format: 'test' },
    hash: 'test',
    tags: [],
    environment: {
      image: { kind: 'prebuilt', name: 'test' },
      network: 'none',
      env: {},
      startTimeoutSec: 1,
    },
    steps: [
      {
        name: 'main',
        instruction: 'Fix it.',
        verification: { kind: 'pytest-pane', runTestsScript: '', parser: 'pytest', timeoutSec: 1 },
        ...(solution === undefined ? {} : { solution }),
        ...(wrongSolution === undefined ? {} : { wrongSolution }),
      },
    ],
    rewardStrategy: 'mean',
    refusals: [],
  };
}

export function modelOf(baseUrl: string, transport: ModelProfile['transport'], model = 'fast'): ModelProfile {
  return {
    alias: model,
    provider: { name: 'simulated', kind: 'simulated', baseUrl },
    model,
    transport,
    style: 'light',
    contextTokens: 100_000,
  };
}

/** A diff that adds one file of so many lines: a long answer. */
export function longPatch(lines: number): string {
  const body = Array.from({ length: lines }, (_, index) => `+line ${index} of a file that is long\n`).join(
    '',
  );
  return [
    'diff --git a/long.txt b/long.txt\n',
    'new file mode 100644\n',
    '--- /dev/null\n',
    '+++ b/long.txt\n',
    `@@ -0,0 +1,${lines} @@\n`,
    body,
  ].join('');
}

export const smallPatch = [
  'diff --git a/a.txt b/a.txt\n',
  '--- a/a.txt\n',
  '+++ b/a.txt\n',
  '@@ -1,3 +1,3 @@\n',
  ' one\n',
  '-two\n',
  '+TWO\n',
  ' three\n',
].join('');

export const smallTask = taskOf('small', { kind: 'patch', patch: smallPatch });

/** Plays two models, a light and a thorough one, that know the small task. */
export function startSmall(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    seed: 1,
    profiles: new Map<string, SimulatedModel>([
      ['fast', { ...profileOf({}), style: 'light' }],
      ['deep', { ...profileOf({}), style: 'thorough' }],
    ]),
    tasks: (id) => (id === smallTask.id ? smallTask : undefined),
    clock: systemClock,
    ...options,
  });
}
