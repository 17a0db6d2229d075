import type { GateAttempt, GateSide } from '../gate-side.ts';
import type { GateInput } from '../judge-gate.ts';

const attempts: Readonly<Record<string, GateAttempt>> = {
  '1': { status: 'resolved', seconds: 12.5, ttftMs: 210 },
  '0': { status: 'unresolved', seconds: 30, ttftMs: 190 },
  e: { status: 'errored', problem: 'sandbox: no room' },
};

/** A side from verdicts by task: '1' resolved, '0' unresolved, 'e' errored, one letter an attempt. */
export function gateSide(runId: string, verdicts: Readonly<Record<string, string>>): GateSide {
  return {
    runId,
    state: 'finished',
    startedAt: '2026-01-01T00:00:00.000Z',
    simulated: false,
    suite: { name: 'made', hash: 'h' },
    datasets: [{ name: 'made', hash: 'd' }],
    arm: { agent: 'loop', model: 'spark', transport: 'responses-websocket' },
    agent: { version: '1' },
    evalrun: { version: '0' },
    attempts: Math.max(...Object.values(verdicts).map((letters) => letters.length)),
    tasks: Object.entries(verdicts).map(([id, letters]) => ({
      id,
      dataset: 'made',
      hash: 'h',
      attempts: [...letters].map((letter) => attempts[letter] ?? { status: 'cancelled' }),
    })),
  };
}

/** What a gate of two sides takes, at its defaults. */
export function gateInput(baseline: GateSide, candidate: GateSide): GateInput {
  return {
    baseline: { kind: 'run', name: baseline.runId, side: baseline },
    candidate: { kind: 'run', name: candidate.runId, side: candidate },
    settings: {
      margin: 0.05,
      alpha: 0.005,
      latencyMargin: 1.15,
      latencyFloorMs: 50,
      metric: 'ttft',
      nights: 30,
      seed: 0,
    },
    quarantine: [],
    warnings: [],
  };
}
