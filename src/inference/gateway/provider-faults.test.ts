import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { OnExchange } from '../client.ts';
import {
  answerEvents,
  askAsAgent,
  openTestTrial,
  realModel,
  type Script,
  sendAsAgent,
  socketAsAgent,
  startScriptedServer,
} from './gateway-fixtures.ts';

/** What a provider does wrong must neither leave the agent waiting nor be answered twice. */
const create = { type: 'response.create', model: 'real', stream: true, input: [] };
const asked = { path: '/v1/responses', body: { model: 'real', stream: true, input: [] } };
const texts = answerEvents('r', 'x').map((event, index) =>
  JSON.stringify({ ...event, sequence_number: index }),
);
const asEvents = (all: readonly string[]): string => all.map((text) => `data: ${text}\n\n`).join('');
const twice = (all: readonly string[]): string[] =>
  all.flatMap((text, at) => (at === 0 ? [text] : [text, text]));

/** Sends the same over both transports, and leaves the connection open. */
const sending = (all: readonly string[]): Script => ({
  onRequest: (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(asEvents(all));
    if (all.at(-1)?.includes('response.completed')) response.end();
  },
  onSocket: (socket) => {
    socket.on('message', () => {
      for (const text of all) socket.send(text);
    });
  },
});

async function framesOf(socket: WebSocket): Promise<{ frames: string[]; code: Promise<number> }> {
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  const code = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open');
  socket.send(JSON.stringify(create));
  return { frames, code };
}

test('an event that is not JSON ends the connection: an agent would wait for the last one for ever', async () => {
  await using server = await startScriptedServer(sending([texts[0] ?? '', '{"type":"response.outp']));
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const { frames, code } = await framesOf(socketAsAgent(trial.trial));
  expect(await code).toBe(1006);
  expect(frames.length).toBeGreaterThanOrEqual(1);
  expect(trial.records).toMatchObject([{ status: 'failed', error: { kind: 'malformed', retryable: true } }]);
});

test('and the stream, also where the provider leaves it open', async () => {
  await using server = await startScriptedServer(sending([texts[0] ?? '', '{"type":"response.outp']));
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const request = sendAsAgent(trial.trial, asked);
  const [response] = await once(request, 'response');
  response.resume();
  response.on('error', () => undefined); // cut, as it has to be
  await new Promise((resolve) => response.on('close', resolve));
  expect(trial.records).toMatchObject([{ status: 'failed', error: { kind: 'malformed' } }]);
});

test('what comes twice goes on once, over either transport', async () => {
  await using server = await startScriptedServer(sending(twice(texts)));
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(trial.trial, asked);
  expect(answer.body).toBe(asEvents(texts));
  const socket = socketAsAgent(trial.trial);
  const { frames } = await framesOf(socket);
  for (let left = 100; left > 0 && frames.length < texts.length; left -= 1) await setTimeout(10);
  expect(frames).toEqual(texts);
  socket.terminate();
  expect(trial.records.map(({ status }) => status)).toEqual(['completed', 'completed']);
});

test('tells when an attempt goes out, when a token comes and when it has ended', async () => {
  const told: Parameters<OnExchange>[0][] = [];
  const onExchange: OnExchange = (what) => void told.push(what);
  await using server = await startScriptedServer(sending(texts));
  await using trial = await openTestTrial([realModel(server.baseUrl)], { trial: { onExchange } });
  await askAsAgent(trial.trial, asked);
  expect(told).toEqual(['sent', 'token', 'ended']);
  const socket = socketAsAgent(trial.trial);
  await framesOf(socket);
  for (let left = 100; left > 0 && told.length < 6; left -= 1) await setTimeout(10);
  expect(told.slice(3)).toEqual(['sent', 'token', 'ended']);
  socket.terminate();
});

test('the stall limit and the retries of a profile hold for its trials', async () => {
  await using server = await startScriptedServer({ onRequest: () => undefined });
  const model = realModel(server.baseUrl);
  const retry = { maxAttempts: 2, firstWaitSec: 0.01 };
  const patient = { ...model, stallTimeoutSec: 0.1, provider: { ...model.provider, retry } };
  await using trial = await openTestTrial([patient]);
  expect((await askAsAgent(trial.trial, asked)).status).toBe(504);
  expect(trial.records.map(({ attempt, error }) => [attempt, error?.message])).toEqual([
    [1, 'nothing came for 100 ms'],
    [2, 'nothing came for 100 ms'],
  ]);
});
