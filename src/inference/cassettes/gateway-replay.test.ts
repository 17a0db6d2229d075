import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ModelProfile } from '../../domain/model.ts';
import { systemClock } from '../../lib/clock.ts';
import {
  type AgentAnswer,
  askAsAgent,
  openTestTrial,
  socketAsAgent,
  startScriptedServer,
} from '../gateway/gateway-fixtures.ts';
import { longPatch, modelOf, profileOf, taskOf } from '../simulator/fixtures.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { manifest, replayed } from './cassette-test-kit.ts';
import { startPlayer } from './player.ts';
import { readCassette } from './read-cassette.ts';
import { startRecorder } from './recorder.ts';
import type { WireTap } from './wire-tap.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalrun-through-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const metadata = { task: 'small', step: 'main', attempt: '1', model: 'fast', trial: 'trial-1' };
const shell = { name: 'shell', description: 'a shell', parameters: { type: 'object' } };

/** What an installed agent does: it knows nothing of trials, and each of its requests has ids of its own. */
async function agentAsks(
  model: ModelProfile,
  session: string,
  tap?: WireTap,
): Promise<{ readonly answers: readonly AgentAnswer[]; readonly frames: readonly string[] }> {
  await using opened = await openTestTrial([model], tap === undefined ? {} : { tap });
  opened.trial.begin({ metadata });
  const answers: AgentAnswer[] = [];
  const messages = [{ role: 'user', content: 'Fix it.' }];
  const asked = [
    { path: '/v1/responses', body: { input: 'Fix it.', stream: true, prompt_cache_key: session } },
    { path: '/v1/responses', body: { input: 'Fix it.', prompt_cache_key: session } },
    {
      path: '/v1/chat/completions',
      body: { messages, tools: [{ type: 'function', function: shell }], stream: true },
    },
    { path: '/v1/messages', body: { messages, max_tokens: 500, stream: true } },
  ];
  for (const { path, body } of asked) {
    answers.push(await askAsAgent(opened.trial, { path, body: { model: 'fast', ...body } }));
  }
  const socket = socketAsAgent(opened.trial);
  await once(socket, 'open');
  const frames: string[] = [];
  const done = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    frames.push(String(data));
    if (/"response.completed"/.test(String(data))) done.resolve();
  });
  socket.on('close', () => done.reject(new Error('closed')));
  socket.send(
    JSON.stringify({ type: 'response.create', model: 'fast', input: 'Fix it.', prompt_cache_key: session }),
  );
  await done.promise;
  return { answers, frames };
}

test('what an agent gets through the gateway is played back to the byte, whatever its ids are', async () => {
  await using simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({})]]),
    tasks: (id) => (id === 'small' ? taskOf(id, { kind: 'patch', patch: longPatch(5) }) : undefined),
    clock: systemClock,
  });
  const model = modelOf(simulator.baseUrl, 'responses-sse');
  const played: ModelProfile = { ...model, provider: { ...model.provider, playedBy: 'simulator' } };
  await using recorder = await startRecorder({ folder, manifest, secrets: [] });
  const recorded = await agentAsks(played, 'session-1', recorder);
  await recorder.endTry('trial-1', { final: true, status: 'judged' });

  const cassette = await readCassette(folder);
  await using player = await startPlayer({ cassette, clock: systemClock, timeScale: 0, strict: false });
  const again = await agentAsks(replayed(player, 'responses-sse'), 'session-2');

  expect(recorded.answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(again.answers.map(({ body }) => body)).toEqual(recorded.answers.map(({ body }) => body));
  expect(again.frames).toEqual(recorded.frames);
  expect(await player.endTry('trial-1')).toBeUndefined();
  expect(player.differences()).toMatchObject({
    requests: 5,
    differing: 3,
    byKind: { ids: 3 },
    notAskedFor: 0,
  });
});

test('an upgrade that the provider refused is refused again, so that the agent falls back as it did', async () => {
  const refusal = 'HTTP/1.1 426 Upgrade Required\r\nx-reason: sse\r\nContent-Length: 3\r\n\r\nno!';
  const completed = 'data: {"type":"response.completed","response":{"id":"r"}}\n\n';
  await using provider = await startScriptedServer({
    refuseUpgrade: () => refusal,
    onRequest: (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(completed);
    },
  });
  const model: ModelProfile = { ...modelOf(provider.baseUrl, 'responses-websocket') };
  const fallBack = async (asked: ModelProfile, tap?: WireTap): Promise<readonly unknown[]> => {
    await using opened = await openTestTrial([asked], tap === undefined ? {} : { tap });
    opened.trial.begin({ metadata });
    const socket = socketAsAgent(opened.trial);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    const body = { model: 'fast', input: 'Fix it.', stream: true };
    const answer = await askAsAgent(opened.trial, { path: '/v1/responses', body });
    return [response.statusCode, response.headers['x-reason'], await text(response), answer.body];
  };
  await using recorder = await startRecorder({ folder, manifest, secrets: [] });
  const recorded = await fallBack(model, recorder);
  await recorder.endTry('trial-1', { final: true, status: 'judged' });
  expect(recorded).toEqual([426, 'sse', 'no!', completed]);

  const cassette = await readCassette(folder);
  await using player = await startPlayer({ cassette, clock: systemClock, timeScale: 0, strict: true });
  expect(await fallBack(replayed(player, 'responses-websocket'))).toEqual(recorded);
  expect(await player.endTry('trial-1')).toBeUndefined();
});
