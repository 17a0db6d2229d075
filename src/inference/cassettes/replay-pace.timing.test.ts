import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelProfile } from '../../domain/model.ts';
import { type RequestRecord, ttftUs } from '../../domain/request-record.ts';
import { systemClock } from '../../lib/clock.ts';
import { longPatch, modelOf, profileOf, taskOf } from '../simulator/fixtures.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { type Conversation, clientWith, converse, manifest, replayed } from './cassette-test-kit.ts';
import { type Player, startPlayer } from './player.ts';
import { readCassette } from './read-cassette.ts';
import { startRecorder } from './recorder.ts';
import type { WireTap } from './wire-tap.ts';

const trialIds = Array.from({ length: 60 }, (_, index) => `trial-${index}`);
const atATime = 6;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-pace-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All trials, so many at a time. */
async function all(model: ModelProfile, tap?: WireTap): Promise<RequestRecord[]> {
  await using client = clientWith(tap);
  const waiting = [...trialIds];
  const conversations: Conversation[] = [];
  const work = async (): Promise<void> => {
    for (let trialId = waiting.shift(); trialId !== undefined; trialId = waiting.shift()) {
      conversations.push(await converse(client, model, { trialId }));
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return conversations.flatMap(({ records }) => records);
}

function quantiles(records: readonly RequestRecord[]): { p50: number; p95: number } {
  const times = records.map((record) => ttftUs(record) ?? Number.NaN).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.round(share * (times.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

function modelUs(records: readonly RequestRecord[]): number {
  return records.reduce((sum, { marks }) => sum + ((marks.completed ?? marks.t0) - marks.t0), 0);
}

async function play(timeScale: number): Promise<Player> {
  const cassette = await readCassette(folder);
  return startPlayer({ cassette, clock: systemClock, timeScale, strict: true });
}

describe.each(['responses-websocket', 'responses-sse'] as const)('over %s', (transport) => {
  let recorded: RequestRecord[];

  beforeAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await using simulator = await startSimulator({
      seed: 1,
      // The fast model's own figures.
      profiles: new Map([['fast', profileOf({ ttftMs: 150, sigma: 0.35, tokensPerSecond: 1_000 })]]),
      tasks: () => taskOf('small', { kind: 'patch', patch: longPatch(10) }),
      clock: systemClock,
    });
    await using recorder = await startRecorder({ folder, manifest, secrets: [] });
    recorded = await all(modelOf(simulator.baseUrl, transport), recorder);
    for (const id of trialIds) await recorder.endTry(id, { final: true, status: 'judged' });
  });

  test('a replay at the recorded pace has the recorded times to first token', async () => {
    await using player = await play(1);
    const again = await all(replayed(player, transport));
    expect(again).toHaveLength(recorded.length);
    expect(recorded.length).toBeGreaterThan(130);
    const [was, is] = [quantiles(recorded), quantiles(again)];
    expect(Math.abs(is.p50 / was.p50 - 1)).toBeLessThan(0.05);
    expect(Math.abs(is.p95 / was.p95 - 1)).toBeLessThan(0.05);
    expect(Math.abs(modelUs(again) / modelUs(recorded) - 1)).toBeLessThan(0.05);
  });

  test('at a tenth of it they are about a tenth, and at 0 hardly anything', async () => {
    const times: number[] = [];
    for (const timeScale of [0.1, 0]) {
      await using player = await play(timeScale);
      times.push(modelUs(await all(replayed(player, transport))) / modelUs(recorded));
    }
    expect(times[0]).toBeLessThan(0.15);
    expect(times[0]).toBeGreaterThan(0.1);
    expect(times[1]).toBeLessThan(0.05);
  });
});
