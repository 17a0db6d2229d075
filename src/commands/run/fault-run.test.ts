import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loopAgent } from '../../agents/loop/loop-agent.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { Run } from '../../domain/run.ts';
import { decodeWindow } from '../../inference/latency.ts';
import { longPatch, profileOf } from '../../inference/simulator/fixtures.ts';
import { executeFakeRun, judgedBy, limits, newFolder, removeFolders } from '../../testing/fake-run.ts';
import { FakeEngine } from '../../testing/fake-sandbox.ts';
import {
  aliasOf,
  type FaultCase,
  type FaultTry,
  never,
  overResponses,
  patience,
  rightAllTheSame,
  solved,
  struckOnce,
  tokensPerSecond,
  triesByAlias,
} from '../../testing/fault-cases.ts';
import { runDocument } from '../../testing/records.ts';
import { modelProfile, rewardFile, task, taskStep } from '../../testing/tasks.ts';
import { exitCodeOf } from './finish-run.ts';

const lines = 60;

/** The built-in agent through the client; what Codex sees through the gateway is faults.docker.test.ts's. */
afterAll(removeFolders);

const patched = Array.from({ length: lines }, (_, index) => `line ${index} of a file that is long\n`).join(
  '',
);
const writeLong = task({
  id: 'long',
  steps: [taskStep({ verification: rewardFile(), solution: { kind: 'patch', patch: longPatch(lines) } })],
});

/** Solved where the file is to the letter what the answer said, whatever happened to the answer on its way. */
const command = judgedBy((sandbox) => {
  const left = sandbox.files.get('/app/long.txt');
  return left !== undefined && new TextDecoder().decode(left) === patched;
});

interface RanCases {
  readonly exitCode: number;
  readonly tries: ReadonlyMap<string, readonly FaultTry[]>;
}

async function ran(cases: readonly FaultCase[], more: Partial<Run> = {}): Promise<RanCases> {
  const folder = join(await newFolder(), 'run');
  const arms = cases.map((one) => ({ arm: armOf(one), agent: loopAgent, model: profile(one) }));
  const faults = cases.map(({ fault, alias }) => withModel(fault, alias));
  const document = runDocument({ arms: arms.map(({ arm }) => arm), jobs: 6, faults, limits, ...more });
  const engine = new FakeEngine({ command });
  const { counts } = await executeFakeRun({ folder, document, arms, tasks: [writeLong], engine });
  return { exitCode: exitCodeOf(counts), tries: await triesByAlias(folder) };
}

const armOf = ({ alias, transport }: FaultCase) => ({ agent: 'loop', model: alias, transport });

function profile({ alias, transport }: FaultCase): ModelProfile {
  return modelProfile({
    alias,
    transport,
    contextTokens: 100_000,
    stallTimeoutSec: patience.stallTimeoutSec,
    provider: { name: alias, kind: 'simulated', retry: patience.retry },
    simulation: profileOf({ tokensPerSecond }),
  });
}

/** An upgrade is refused before anybody has named a model. */
const withModel = (fault: string, alias: string): string =>
  fault.startsWith('upgrade-refused') ? fault : `${fault}${fault.includes('@') ? ',' : '@'}model=${alias}`;

const only = (tried: readonly FaultTry[] | undefined): FaultTry => {
  expect(tried?.map(({ record }) => record.outcome)).toHaveLength(1);
  return tried?.[0] as FaultTry; // expected just above
};

describe('a fault that strikes once', () => {
  const cases = struckOnce.flatMap((one) =>
    (one.transports ?? [...overResponses, 'chat-sse' as const]).map((transport) => ({
      ...one,
      transport,
      alias: aliasOf(one.fault, transport),
    })),
  );
  let all: RanCases;
  beforeAll(async () => {
    const struck = cases.map((one) => ({ ...one, fault: `${one.fault}@trial-request=2` }));
    all = await ran(struck);
  });

  test('leaves nothing to complain about', () => expect(all.exitCode).toBe(0));

  test.each(cases)('$fault over $transport: the trial ends as without it', ({ alias }) => {
    const { record } = only(all.tries.get(alias));
    expect(record.outcome).toEqual(solved);
    expect(record.requests).toEqual({ completed: record.turns, failed: 1 });
  });

  test.each(cases)(
    '$fault over $transport: the record has the attempt, why it failed and the wait',
    (one) => {
      const { requests, record } = only(all.tries.get(one.alias));
      const [failed, again] = requests.filter(({ turn }) => turn === 2);
      expect(failed).toMatchObject({
        status: 'failed',
        attempt: 1,
        backoffUs: 0,
        error: { kind: one.kind, message: expect.stringMatching(/./) },
        ...(one.status === undefined ? {} : { httpStatus: one.status }),
      });
      expect(failed?.error?.retryAfterMs).toBe(one.retryAfterMs);
      expect(again).toMatchObject({ status: 'completed', attempt: 2, chained: false });
      // A connection that is kept is opened again by HTTP itself, which has nothing to say of it.
      if (one.reconnect !== undefined) {
        expect(again?.backoffUs).toBe(0);
        if (one.transport === 'responses-websocket') expect(again?.reconnect).toBe(one.reconnect);
        return;
      }
      expect(failed?.error?.retryable).toBe(true);
      expect(again?.backoffUs).toBeGreaterThanOrEqual((one.retryAfterMs ?? 25) * 1000);
      expect(record.ledger['model.backoff']).toBeGreaterThanOrEqual(again?.backoffUs ?? 0);
    },
  );
});

describe('an answer that arrives or counts otherwise than it should', () => {
  const cases = rightAllTheSame.flatMap((fault) =>
    overResponses.map((transport) => ({ fault, transport, alias: aliasOf(fault, transport) })),
  );
  let all: RanCases;
  beforeAll(async () => {
    all = await ran(cases);
  });

  test.each(cases)('$fault over $transport: the trial ends as without it', ({ alias }) => {
    const { record, requests } = only(all.tries.get(alias));
    expect(record.outcome).toEqual(solved);
    expect(requests.every(({ status }) => status === 'completed')).toBe(true);
  });

  test.each(cases)('$fault over $transport: a rate is right or not measurable', ({ fault, alias }) => {
    const { requests } = only(all.tries.get(alias));
    const longest = requests.toSorted((a, b) => b.chunks - a.chunks)[0] as RequestRecord; // solved in turns
    const window = decodeWindow(longest);
    if (fault === 'burst' || fault === 'no-usage' || fault === 'wrong-usage') {
      expect(window).toMatchObject({ status: 'not-measurable', reason: reasons[fault] });
      return;
    }
    const { windowUs, intervals } = window as Extract<typeof window, { status: 'measured' }>;
    expect(window.status).toBe('measured');
    const rate = (intervals * 1e6) / windowUs;
    expect(rate).toBeGreaterThan(0.7 * tokensPerSecond);
    expect(rate).toBeLessThan(1.3 * tokensPerSecond);
  });

  test.each(overResponses)('no usage over %s is estimated, and the record says so', (transport) => {
    const { requests, record } = only(all.tries.get(aliasOf('no-usage', transport)));
    expect(requests.map(({ usage }) => usage?.estimated)).toEqual(requests.map(() => true));
    expect(record.usage).toMatchObject({ estimated: true });
  });

  test.each(overResponses)(
    'reasoning over %s that is not shown is no token whose arrival was seen',
    (transport) => {
      const { requests } = only(all.tries.get(aliasOf('hidden-reasoning', transport)));
      for (const { usage, marks, reasoningStreamed } of requests) {
        expect(usage?.reasoning).toBe(200);
        expect([marks.firstReasoning, reasoningStreamed]).toEqual([undefined, undefined]);
        // Two hundred tokens at the model's pace come before anything is seen.
        expect((marks.firstAction ?? 0) - marks.t0).toBeGreaterThan((200 / tokensPerSecond) * 1e6);
      }
    },
  );
});

const reasons = {
  burst: expect.stringMatching(/at once|tokens within/),
  'no-usage': 'the answer brought no usage',
  'wrong-usage': expect.stringMatching(/the usage counts \d+ visible tokens, and \d+ bytes came/),
};

describe('a fault that never ends', () => {
  const cases = never.flatMap((one) =>
    [...overResponses, 'chat-sse' as const].map((transport) => ({
      ...one,
      transport,
      alias: aliasOf(one.fault, transport),
    })),
  );
  let all: RanCases;
  const startMs = performance.now();
  beforeAll(async () => {
    all = await ran(cases.map((one) => ({ ...one, fault: `${one.fault}@every=1` })));
  }, 120_000);

  test('fails the run, soon', () => {
    expect(all.exitCode).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(60_000);
  });

  test.each(cases)('$fault over $transport: errored as $code, never judged', (one) => {
    const tried = all.tries.get(one.alias) ?? [];
    expect(tried.map(({ record }) => [record.try, record.final])).toEqual(
      one.retryable
        ? [
            [1, false],
            [2, true],
          ]
        : [[1, true]],
    );
    for (const { record, requests } of tried) {
      expect(record.outcome).toMatchObject({
        status: 'errored',
        phase: 'agent',
        code: one.code,
        retryable: one.retryable,
      });
      expect(requests.map(({ status }) => status)).toEqual(requests.map(() => 'failed'));
      expect(requests.map(({ attempt }) => attempt)).toEqual(requests.map((_, index) => index + 1));
      expect(requests.length).toBe(attemptsOf(one));
      const waits = requests.filter(({ backoffUs }) => backoffUs >= 25_000);
      expect(waits.length).toBe(one.retryable ? patience.retry.maxAttempts - 1 : 0);
    }
  });
});

/** A WebSocket that drops is opened again at once before each failure that counts. */
function attemptsOf({
  fault,
  retryable,
  transport,
}: (typeof never)[number] & Pick<FaultCase, 'transport'>): number {
  const counted = retryable ? patience.retry.maxAttempts : 1;
  return fault === 'drop-connection' && transport === 'responses-websocket' ? 2 * counted : counted;
}

describe('a server that opens no WebSocket', () => {
  const one = { alias: 'no-websocket', transport: 'responses-websocket' } as const;

  test('426 is not tried again, and the trial says which transport to ask for', async () => {
    const { exitCode, tries } = await ran([{ ...one, fault: 'upgrade-refused' }]);
    const { record, requests } = only(tries.get(one.alias));
    expect(exitCode).toBe(1);
    expect(record).toMatchObject({
      final: true,
      outcome: { status: 'errored', phase: 'agent', code: 'invalid-request', retryable: false },
    });
    expect(record.outcome).toHaveProperty('message', expect.stringContaining('give --transport sse'));
    expect(requests).toMatchObject([{ status: 'failed', httpStatus: 426, error: { retryable: false } }]);
  });

  test('503 is waited for', async () => {
    const { tries } = await ran([{ ...one, fault: 'upgrade-refused:status=503@request=1' }]);
    const { record, requests } = only(tries.get(one.alias));
    expect(record.outcome).toEqual(solved);
    expect(requests[0]).toMatchObject({ httpStatus: 503, error: { kind: 'overloaded', retryable: true } });
    expect(requests[1]).toMatchObject({ turn: 1, attempt: 2, status: 'completed' });
    expect(requests[1]?.backoffUs).toBeGreaterThanOrEqual(25_000);
  });
});

test('a server that forgets every response is told everything each time', async () => {
  const one = { alias: 'forgetful', transport: 'responses-websocket' } as const;
  const { tries } = await ran([{ ...one, fault: 'previous-not-found@every=1' }]);
  const { record, requests } = only(tries.get(one.alias));
  expect(record.outcome).toEqual(solved);
  const again = requests.filter(({ attempt }) => attempt === 2);
  expect(again.length).toBe(Number(record.turns) - 1);
  for (const { reconnect, chained, status, backoffUs } of again) {
    expect([reconnect, chained, status, backoffUs]).toEqual([
      'previous-response-not-found',
      false,
      'completed',
      0,
    ]);
  }
});

describe('a provider that is silent until the agent’s time is over', () => {
  const agentTimeoutSec = 0.5;
  const short = { ...limits, maxTries: 1, agentTimeoutSec };
  const cases = overResponses.map((transport) => ({ transport, alias: aliasOf('stall', transport) }));

  test.each(cases)('over $transport is errored and not judged', async (one) => {
    const { tries, exitCode } = await ran([{ ...one, fault: 'stall@every=1' }], { limits: short });
    const { record } = only(tries.get(one.alias));
    expect(record.outcome).toMatchObject({ status: 'errored', code: 'stalled', retryable: true });
    expect(exitCode).toBe(1);
  });

  test.each(cases)('over $transport has taken none of the agent’s time', async (one) => {
    const { tries } = await ran([{ ...one, fault: 'stall@trial-request=1' }], { limits: short });
    const { record } = only(tries.get(one.alias));
    expect(record.outcome).toEqual(solved);
    expect(record.agentWallUs).toBeGreaterThan(patience.stallTimeoutSec * 1e6);
    expect(record.agentWorkingUs).toBeLessThan(agentTimeoutSec * 1e6);
  });
});
