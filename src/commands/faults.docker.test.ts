import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { TransportName } from '../domain/model.ts';
import { decodeWindow } from '../inference/latency.ts';
import { profileOf } from '../inference/simulator/fixtures.ts';
import {
  aliasOf,
  type FaultCase,
  type FaultTry,
  never,
  overResponses,
  patience,
  rightAllTheSame,
  type StruckOnce,
  solved,
  struckOnce,
  tokensPerSecond,
  triesByAlias,
} from '../testing/fault-cases.ts';
import { runMain } from '../testing/run-main.ts';
import { type TinyDataset, writeTinyDataset } from '../testing/tiny-dataset.ts';

/** The real Codex in a container, through the gateway; the built-in agent's faults are fault-run.test.ts's. */
interface RanCases {
  readonly code: number;
  readonly runFolder: string;
  readonly tries: ReadonlyMap<string, readonly FaultTry[]>;
}

let tiny: TinyDataset;
beforeAll(async () => {
  tiny = await writeTinyDataset({ tasks: 1 });
});
afterAll(() => rm(tiny.folder, { recursive: true, force: true }));

async function ran(
  name: string,
  cases: readonly FaultCase[],
  { maxTries = 1, selects = true } = {},
): Promise<RanCases> {
  const suite = join(tiny.folder, `${name}.yaml`);
  const limits = `maxTurns: 30, maxTries: ${maxTries}`;
  await writeFile(suite, (await readFile(tiny.suite, 'utf8')).replace('maxTurns: 30', limits));
  await writeFile(join(tiny.folder, 'evalrun.yaml'), configurationOf(cases));
  const faults = cases.flatMap(({ fault, alias }) => ['--fault', selects ? `${fault}model=${alias}` : fault]);
  const models = cases.map(({ alias }) => alias).join(',');
  const args = ['--suite', suite, '--agent', 'codex', '--model', models, '--jobs', '4', '--run-id', name];
  const { code } = await runMain([...args, ...faults, '--json'], { cwd: tiny.folder });
  const runFolder = join(tiny.folder, 'results', name);
  return { code, runFolder, tries: await triesByAlias(runFolder) };
}

function configurationOf(cases: readonly FaultCase[]): string {
  const { stallTimeoutSec, retry } = patience;
  const model = { model: 'fast', style: 'light', contextTokens: 128_000, stallTimeoutSec };
  const simulation = profileOf({ tokensPerSecond });
  return stringify({
    providers: Object.fromEntries(cases.map(({ alias }) => [alias, { kind: 'simulated', retry }])),
    models: Object.fromEntries(
      cases.map(({ alias, transport }) => [
        alias,
        { ...model, simulation, provider: alias, transport: shortNames[transport] },
      ]),
    ),
  });
}

const shortNames: Readonly<Record<TransportName, string>> = {
  'responses-websocket': 'websocket',
  'responses-sse': 'sse',
  'chat-sse': 'chat',
  'messages-sse': 'messages',
};

function only(tried: readonly FaultTry[] | undefined): FaultTry {
  expect(tried?.map(({ record }) => record.try)).toEqual([1]);
  return tried?.[0] as FaultTry; // expected just above
}

describe('a fault that strikes once', () => {
  const cases = struckOnce.flatMap((one) =>
    (one.transports ?? overResponses).map((transport) => ({
      ...one,
      transport,
      alias: aliasOf(one.fault, transport),
    })),
  );
  let all: RanCases;
  beforeAll(async () => {
    all = await ran(
      'once',
      cases.map((one) => ({ ...one, fault: `${one.fault}@trial-request=2,` })),
    );
  });

  test('leaves nothing to complain about', () => expect(all.code).toBe(0));

  test.each(cases)('$fault over $transport: solved, and the record has the attempts', (one) => {
    const { record, requests } = only(all.tries.get(one.alias));
    expect(record.outcome).toEqual(solved);
    const turns = requests.filter(({ kind }) => kind === 'turn');
    const at = turns.findIndex(({ status }) => status === 'failed');
    const [failed, again] = turns.slice(at);
    expect(failed).toMatchObject({
      via: 'gateway',
      transport: one.transport,
      attempt: 1,
      error: { kind: one.kind },
      ...(one.status === undefined ? {} : { httpStatus: one.status }),
    });
    expect(failed?.error?.retryAfterMs).toBe(one.retryAfterMs);
    expect(again).toMatchObject({ turn: failed?.turn, attempt: 2 });
    expect(again?.backoffUs).toBeGreaterThanOrEqual(leastBackoffUs(one));
    expect(again?.reconnect).toBe(one.transport === 'responses-websocket' ? reconnectOf(one) : undefined);
    const rest = turns.slice(at + 1);
    expect(rest.filter(({ error }) => error !== undefined).map(({ error }) => error?.kind)).toEqual(
      // What a refused request continued, the server has forgotten by the time of the next attempt.
      one.transport === 'responses-websocket' && one.status !== undefined ? ['invalid-request'] : [],
    );
    expect(rest.filter(({ status }) => status === 'completed').length).toBe(Number(record.turns) - at);
  });
});

/** Of the gateway's own; after a stream that broke, Codex asks again by itself. */
function leastBackoffUs({ status, retryAfterMs }: StruckOnce): number {
  if (status === undefined) return 0;
  return (retryAfterMs ?? 25) * 1000;
}

function reconnectOf({ kind, status, reconnect }: StruckOnce): string | undefined {
  if (status !== undefined) return undefined;
  if (kind === 'stalled' || kind === 'malformed') return kind;
  return kind === 'invalid-request' ? reconnect : 'connection-closed';
}

describe('an answer that arrives or counts otherwise than it should', () => {
  const cases = rightAllTheSame.flatMap((fault) =>
    overResponses.map((transport) => ({ fault, transport, alias: aliasOf(fault, transport) })),
  );
  let all: RanCases;
  beforeAll(async () => {
    all = await ran(
      'right',
      cases.map((one) => ({ ...one, fault: `${one.fault}@` })),
    );
  });

  test.each(cases)('$fault over $transport: solved; a rate is plausible or not measurable', (one) => {
    const { record, requests } = only(all.tries.get(one.alias));
    expect(record.outcome).toEqual(solved);
    for (const request of requests) {
      expect(request).toMatchObject({ status: 'completed', via: 'gateway' });
      const window = decodeWindow(request);
      if (one.fault === 'no-usage') {
        expect(window).toMatchObject({ status: 'not-measurable' });
        if (request.kind === 'turn') expect(request.usage?.estimated).toBe(true);
      }
      if (window.status === 'not-measurable' || window.intervals < 40) continue;
      const rate = (window.intervals * 1e6) / window.windowUs;
      expect(rate).toBeGreaterThan(0.5 * tokensPerSecond);
      expect(rate).toBeLessThan(1.5 * tokensPerSecond);
    }
  });
});

describe('a fault that never ends', () => {
  const cases = never.flatMap((one) =>
    overResponses.map((transport) => ({ ...one, transport, alias: aliasOf(one.fault, transport) })),
  );
  let all: RanCases;
  beforeAll(async () => {
    all = await ran(
      'never',
      cases.map((one) => ({ ...one, fault: `${one.fault}@every=1,` })),
    );
  });

  test('fails the run', () => expect(all.code).toBe(1));

  test.each(cases)('$fault over $transport: errored as $code, never judged, soon', (one) => {
    const { record, requests } = only(all.tries.get(one.alias));
    expect(record.outcome).toEqual({
      status: 'errored',
      phase: 'agent',
      code: one.code,
      message: expect.stringContaining(`the model could not be reached (${one.code})`),
      retryable: one.retryable,
    });
    expect(requests.map(({ status }) => status)).toEqual(requests.map(() => 'failed'));
    expect(requests.length).toBeGreaterThanOrEqual(one.retryable ? patience.retry.maxAttempts : 1);
    expect(requests.length).toBeLessThanOrEqual(patience.retry.maxAttempts + 1);
    expect(record.agentWallUs).toBeLessThan(40e6);
  });

  test('is tried again as a whole where that may help, and only there', async () => {
    const few = cases.filter(
      ({ fault, transport }) => transport === 'responses-sse' && ['500', 'quota'].includes(fault),
    );
    const { code, tries } = await ran(
      'again',
      few.map((one) => ({ ...one, fault: `${one.fault}@every=1,` })),
      { maxTries: 2 },
    );
    expect(code).toBe(1);
    const finals = (fault: string) =>
      tries.get(aliasOf(fault, 'responses-sse'))?.map(({ record }) => [record.try, record.final]);
    expect([finals('500'), finals('quota')]).toEqual([
      [
        [1, false],
        [2, true],
      ],
      [[1, true]],
    ]);
  });
});

test('an upgrade that is refused (426): Codex goes on over SSE by itself, and the records say so', async () => {
  const alias = 'no-websocket';
  const one = { alias, transport: 'responses-websocket', fault: 'upgrade-refused' } as const;
  const { code, tries, runFolder } = await ran('upgrade', [one], { selects: false });
  expect(code).toBe(0);
  const { record, requests } = only(tries.get(alias));
  expect(record.outcome).toEqual(solved);
  expect(requests[0]).toMatchObject({ transport: 'responses-websocket', status: 'failed', httpStatus: 426 });
  const turns = requests.filter(({ status }) => status === 'completed');
  expect(turns.map(({ transport }) => transport)).toEqual(turns.map(() => 'responses-sse'));
  expect(turns.length).toBe(record.turns);
  const trajectory = await readFile(join(runFolder, record.folder, 'trajectory.json'), 'utf8');
  expect(trajectory).toContain('responses-websocket was asked for');
});
