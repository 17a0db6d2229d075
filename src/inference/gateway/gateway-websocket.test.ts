import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { systemClock } from '../../lib/clock.ts';
import { modelOf, profileOf } from '../simulator/fixtures.ts';
import { startSimulator } from '../simulator/simulator.ts';
import {
  answerEvents,
  askAsAgent,
  canary,
  openTestTrial,
  realModel,
  type Script,
  socketAsAgent,
  startScriptedServer,
} from './gateway-fixtures.ts';

const create = { type: 'response.create', model: 'real', stream: true, input: [] };

/** A provider's socket that answers each request as the script says. */
function answering(
  answer: (socket: WebSocket, request: { readonly stream_id?: string }, number: number) => void,
): Script {
  let number = 0;
  return {
    onSocket: (socket) => {
      socket.on('message', (data) => {
        number += 1;
        answer(socket, JSON.parse(String(data)), number);
      });
    },
  };
}

function sendAll(socket: WebSocket, events: readonly object[]): void {
  for (const event of events) socket.send(JSON.stringify(event));
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, 'open');
  return socket;
}

/** Frames until the first of one of these types. */
async function framesUntil(socket: WebSocket, ...types: readonly string[]): Promise<string[]> {
  const frames: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onMessage = (data: unknown) => {
    frames.push(String(data));
    if (types.includes(JSON.parse(String(data)).type)) resolve();
  };
  const onClose = (code: number) => reject(new Error(`closed with ${code} after ${frames.length} frames`));
  socket.on('message', onMessage);
  socket.on('close', onClose);
  await promise.finally(() => {
    socket.off('message', onMessage);
    socket.off('close', onClose);
  });
  return frames;
}

async function ask(socket: WebSocket, fields: object = {}): Promise<string[]> {
  const frames = framesUntil(socket, 'response.completed', 'error');
  socket.send(JSON.stringify({ ...create, ...fields }));
  return frames;
}

test('carries frames as they are, keeps its own timings to itself, and times every request', async () => {
  const all = answerEvents('resp_1', 'wörds').map((event) => JSON.stringify(event, null, 1));
  const heard: string[] = [];
  await using server = await startScriptedServer({
    onSocket: (socket, upgrade) => {
      heard.push(
        String(upgrade.headers.authorization),
        String(upgrade.headers['x-responsesapi-include-timing-metrics']),
      );
      socket.on('message', (data, isBinary) => {
        heard.push(`${isBinary} ${data}`);
        for (const text of all.slice(0, -1)) socket.send(text);
        socket.send(
          '{"type": "responsesapi.websocket_timing", "timing_metrics": {"engine_service_total_ms": 7}}',
        );
        socket.send(all.at(-1) ?? '');
      });
    },
  });
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial, { originator: 'cli' }));
  expect(await ask(socket)).toEqual(all);
  expect(await ask(socket, { previous_response_id: 'resp_1' })).toEqual(all);
  expect(heard.slice(0, 3)).toEqual([`Bearer ${canary}`, 'true', `false ${JSON.stringify(create)}`]);
  await setTimeout(10);
  expect(trial.records).toMatchObject([
    {
      transport: 'responses-websocket',
      via: 'gateway',
      turn: 1,
      connectionReused: false,
      chained: false,
      chunks: 1,
    },
    {
      transport: 'responses-websocket',
      turn: 2,
      connectionReused: true,
      chained: true,
      serverTiming: { engine_service_total_ms: 7 },
    },
  ]);
  expect(trial.records[0]?.marks.connectEnd).toBeGreaterThan(
    trial.records[0]?.marks.connectStart ?? Infinity,
  );
  expect(trial.records[1]?.marks).not.toHaveProperty('connectStart');
  socket.terminate();
});

test('an agent that asks for timings by itself gets them', async () => {
  const timing = { type: 'responsesapi.websocket_timing', timing_metrics: {} };
  await using server = await startScriptedServer(
    answering((socket) => sendAll(socket, [timing, ...answerEvents('r', 'x')])),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(
    socketAsAgent(trial.trial, { 'x-responsesapi-include-timing-metrics': 'true' }),
  );
  expect((await ask(socket))[0]).toBe(JSON.stringify(timing));
  socket.terminate();
});

test('the answer to the upgrade is the provider’s, headers and refusal alike', async () => {
  await using server = await startScriptedServer({
    refuseUpgrade: () => 'HTTP/1.1 426 Upgrade Required\r\nx-why: sse\r\ncontent-length: 4\r\n\r\nnope',
  });
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = socketAsAgent(trial.trial);
  socket.on('error', () => {}); // refused below
  const [, response] = await once(socket, 'unexpected-response');
  expect(response.statusCode).toBe(426);
  expect(response.headers['x-why']).toBe('sse');
  expect(trial.records).toMatchObject([
    { status: 'failed', httpStatus: 426, transport: 'responses-websocket' },
  ]);
  expect(trial.trial.closed.aborted).toBe(false);
});

test('an upgrade that may pass later is tried again before the agent hears of it', async () => {
  await using server = await startScriptedServer({
    refuseUpgrade: (number) => (number < 3 ? 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n' : undefined),
    ...answering((socket) => sendAll(socket, answerEvents('r', 'x'))),
  });
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  await ask(socket);
  await setTimeout(10);
  expect(
    trial.records.map(({ turn, attempt, status, httpStatus }) => [turn, attempt, status, httpStatus]),
  ).toEqual([
    [1, 1, 'failed', 503],
    [1, 2, 'failed', 503],
    [1, 3, 'completed', undefined],
  ]);
  socket.terminate();
});

test('refuses a wrong token and another path', async () => {
  await using trial = await openTestTrial([realModel('http://127.0.0.1:9/v1')]);
  const refusedWith = async (socket: WebSocket) => {
    socket.on('error', () => {}); // refused
    const [, response] = await once(socket, 'unexpected-response');
    return response.statusCode as number;
  };
  expect(await refusedWith(socketAsAgent(trial.trial, { authorization: 'Bearer no' }))).toBe(401);
  expect(await refusedWith(socketAsAgent(trial.trial, {}, '/v1/realtime'))).toBe(404);
});

test('a model that was not planned is refused on the socket, and the socket goes on', async () => {
  await using server = await startScriptedServer(
    answering((socket) => sendAll(socket, answerEvents('r', 'x'))),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  const [error = ''] = await ask(socket, { model: 'dear', stream_id: 'a' });
  expect(JSON.parse(error)).toMatchObject({
    type: 'error',
    status: 404,
    stream_id: 'a',
    error: { code: 'model_not_found' },
  });
  expect(await ask(socket)).toHaveLength(4);
  socket.terminate();
});

const busy = {
  type: 'error',
  status: 429,
  error: { code: 'rate_limit_exceeded', message: 'slow', headers: { 'retry-after-ms': '30' } },
};

test('a refusal before the answer began is tried again on the same socket', async () => {
  await using server = await startScriptedServer(
    answering((socket, _request, number) => {
      sendAll(socket, number < 3 ? [busy] : answerEvents('r', 'x'));
    }),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  expect(await ask(socket)).toHaveLength(4);
  await setTimeout(10);
  expect(trial.records.map(({ turn, attempt, status }) => [turn, attempt, status])).toEqual([
    [1, 1, 'failed'],
    [1, 2, 'failed'],
    [1, 3, 'completed'],
  ]);
  expect(trial.records[1]?.backoffUs).toBeGreaterThanOrEqual(30_000);
  expect(trial.waits).toEqual([true, false, true, false]);
  socket.terminate();
});

test('when that is of no use the agent gets the refusal, once, and the trial is closed', async () => {
  await using server = await startScriptedServer(answering((socket) => sendAll(socket, [busy])));
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  expect(await ask(socket)).toEqual([JSON.stringify(busy)]);
  expect(trial.trial.failure).toMatchObject({
    kind: 'provider',
    error: { kind: 'rate-limited', status: 429 },
  });
  expect(trial.records).toHaveLength(3);
  const [closed = ''] = await ask(socket);
  expect(JSON.parse(closed)).toMatchObject({ status: 400, error: { code: 'trial_closed' } });
  const again = socketAsAgent(trial.trial);
  again.on('error', () => {}); // refused
  const [, response] = await once(again, 'unexpected-response');
  expect(response.statusCode).toBe(400);
  socket.terminate();
});

test('what an agent has to cure by itself goes to it at once, and the next record says why', async () => {
  const gone = {
    type: 'error',
    status: 400,
    error: { code: 'previous_response_not_found', message: 'gone' },
  };
  await using server = await startScriptedServer(
    answering((socket, _request, number) => sendAll(socket, number === 1 ? [gone] : answerEvents('r', 'x'))),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  expect(await ask(socket, { previous_response_id: 'resp_0' })).toEqual([JSON.stringify(gone)]);
  await ask(socket);
  await setTimeout(10);
  expect(trial.records.map(({ turn, attempt, reconnect }) => [turn, attempt, reconnect])).toEqual([
    [1, 1, undefined],
    [1, 2, 'previous-response-not-found'],
  ]);
  expect(trial.trial.closed.aborted).toBe(false);
  socket.terminate();
});

test('an error in the middle of an answer is passed on', async () => {
  const failed = { type: 'error', status: 500, error: { code: 'server_error', message: 'boom' } };
  await using server = await startScriptedServer(
    answering((socket) => sendAll(socket, [...answerEvents('r', 'x').slice(0, 2), failed])),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  expect(await ask(socket)).toHaveLength(3);
  await setTimeout(10);
  expect(trial.records).toMatchObject([{ status: 'failed', chunks: 1, error: { kind: 'server' } }]);
  socket.terminate();
});

test.each([
  ['closed with a reason', (socket: WebSocket) => socket.close(4001, 'bye'), 4001],
  ['dropped', (socket: WebSocket) => socket.terminate(), 1006],
])('a provider’s connection that is %s in mid-stream ends the agent’s alike', async (_name, end, code) => {
  await using server = await startScriptedServer(
    answering((socket, _request, number) => {
      if (number > 1) return sendAll(socket, answerEvents('r', 'x'));
      sendAll(socket, answerEvents('r', 'x').slice(0, 2));
      void setTimeout(20).then(() => end(socket));
    }),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  socket.send(JSON.stringify(create));
  const [closedWith] = await once(socket, 'close');
  expect(closedWith).toBe(code);
  await ask(await opened(socketAsAgent(trial.trial)));
  await setTimeout(10);
  expect(trial.records).toMatchObject([
    { attempt: 1, status: 'failed', chunks: 1, error: { kind: 'stream-cut' } },
    { attempt: 2, status: 'completed', reconnect: 'connection-closed' },
  ]);
});

test('when the agent goes, so does the provider’s socket', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using server = await startScriptedServer(
    answering((socket) => {
      socket.on('close', () => resolve());
      sendAll(socket, answerEvents('r', 'x').slice(0, 2));
    }),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  socket.send(JSON.stringify(create));
  await framesUntil(socket, 'response.output_text.delta');
  await setTimeout(10);
  socket.terminate();
  await closed;
  await setTimeout(10);
  expect(trial.records).toMatchObject([{ status: 'aborted', chunks: 1 }]);
});

test('silence for too long closes the agent’s socket', async () => {
  await using server = await startScriptedServer(answering(() => {}));
  await using trial = await openTestTrial([realModel(server.baseUrl)], { stallTimeoutMs: 50 });
  const socket = await opened(socketAsAgent(trial.trial));
  socket.send(JSON.stringify(create));
  await once(socket, 'close');
  await setTimeout(10);
  expect(trial.records).toMatchObject([{ status: 'failed', error: { kind: 'stalled' } }]);
});

test('lanes on one socket are told apart, and a lane answers one after another', async () => {
  await using server = await startScriptedServer(
    answering((socket, request, number) => {
      const { stream_id } = request;
      const events = answerEvents(`resp_${number}`, 'x').map((event) => ({ ...event, stream_id }));
      // The first waits until the others are over.
      void setTimeout(number === 1 ? 60 : 5 * number).then(() => sendAll(socket, events));
    }),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  for (const stream_id of ['a', 'b', 'b']) socket.send(JSON.stringify({ ...create, stream_id }));
  let completed = 0;
  socket.on('message', (data) => {
    if (String(data).includes('response.completed')) completed += 1;
  });
  while (completed < 3) await setTimeout(5);
  await setTimeout(10);
  expect(trial.records.map(({ turn, responseId }) => [turn, responseId])).toEqual([
    [2, 'resp_2'],
    [3, 'resp_3'],
    [1, 'resp_1'],
  ]);
  socket.terminate();
});

test('prewarms and limits count on a socket as they do elsewhere', async () => {
  await using server = await startScriptedServer(
    answering((socket) => sendAll(socket, answerEvents('r', 'x'))),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  trial.trial.begin({ metadata: {}, maxTurns: 1 });
  const socket = await opened(socketAsAgent(trial.trial));
  await ask(socket, { generate: false });
  await ask(socket, { client_metadata: { 'x-codex-turn-metadata': '{"request_kind":"compaction"}' } });
  await ask(socket);
  const [error = ''] = await ask(socket);
  expect(JSON.parse(error)).toMatchObject({ error: { code: 'trial_closed' } });
  expect(trial.trial.failure).toEqual({ kind: 'turn-limit' });
  expect(trial.records.map(({ kind, turn }) => `${kind} ${turn}`)).toEqual([
    'prewarm 1',
    'compaction 1',
    'turn 1',
  ]);
  socket.terminate();
});

test('frames keep their order while one of them waits for its leave', async () => {
  const heard: string[] = [];
  await using server = await startScriptedServer(
    answering((socket, request) => {
      heard.push(String((request as { type?: string }).type));
      if (heard.length === 1) void setTimeout(30).then(() => sendAll(socket, answerEvents('r', 'x')));
    }),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)], {
    pace: {
      admit: async () => {
        await setTimeout(30);
        return { waitedUs: 30_000, release: () => {} };
      },
      history: () => [],
    },
  });
  const socket = await opened(socketAsAgent(trial.trial));
  const done = ask(socket);
  await setTimeout(10);
  socket.send(JSON.stringify({ type: 'response.steer', input: [] }));
  await done;
  expect(heard).toEqual(['response.create', 'response.steer']);
  socket.terminate();
});

test('a slow agent slows the provider’s socket down, and little is kept in between', async () => {
  const filler = JSON.stringify({ type: 'response.output_text.delta', delta: 'x'.repeat(64 * 1024) });
  let written = 0;
  let ended = false;
  await using server = await startScriptedServer({
    onSocket: (socket, upgrade) => {
      const fill = () => {
        while (!ended && written < 400_000_000 && !upgrade.socket.writableNeedDrain) {
          socket.send(filler);
          written += filler.length;
        }
        if (!ended) upgrade.socket.once('drain', fill);
      };
      socket.on('message', fill);
    },
  });
  await using trial = await openTestTrial([realModel(server.baseUrl)], { stallTimeoutMs: 150 });
  const socket = await opened(socketAsAgent(trial.trial));
  socket.send(JSON.stringify(create));
  await once(socket, 'message');
  socket.pause();
  const before = process.memoryUsage().rss;
  await setTimeout(500); // longer than a provider may be silent
  const stopped = written;
  expect(stopped).toBeLessThan(30_000_000); // what sockets hold by themselves
  await setTimeout(100);
  expect(written).toBe(stopped);
  expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
  let read = 0;
  socket.on('message', (data: Buffer) => {
    read += data.length;
  });
  socket.resume();
  while (read < stopped + 1_000_000) await setTimeout(10); // it goes on
  ended = true;
  expect(trial.records).toEqual([]);
  socket.terminate();
});

test('a simulator’s stamps stay here, and its chain goes on', async () => {
  await using simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({})]]),
    tasks: () => undefined,
    clock: systemClock,
  });
  await using trial = await openTestTrial([modelOf(simulator.baseUrl, 'responses-websocket')]);
  const socket = await opened(socketAsAgent(trial.trial));
  const frames = await ask(socket, { model: 'fast', input: 'Hello' });
  expect(frames.join('\n')).not.toContain('evalrun.stamps');
  const { response } = JSON.parse(frames.at(-1) ?? '{}');
  await ask(socket, { model: 'fast', input: 'More', previous_response_id: response.id });
  await setTimeout(10);
  for (const { serverStamps, marks } of trial.records) {
    expect(serverStamps?.firstToken).toBeLessThanOrEqual(marks.firstText ?? 0);
  }
  expect(trial.records.map(({ chained }) => chained)).toEqual([false, true]);
  socket.terminate();
});

test('the end of a trial ends its sockets', async () => {
  await using server = await startScriptedServer(answering(() => {}));
  const trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  const closed = once(socket, 'close');
  socket.send(JSON.stringify(create));
  await setTimeout(20);
  await trial[Symbol.asyncDispose]();
  await closed;
  expect(trial.records).toMatchObject([{ status: 'aborted' }]);
  await expect(askAsAgent(trial.trial, { path: '/v1/models' })).rejects.toThrow();
});

test('a request that is tried again has its connection already', async () => {
  await using server = await startScriptedServer(
    answering((socket, _request, number) => sendAll(socket, number === 1 ? [busy] : answerEvents('r', 'x'))),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  await ask(socket);
  await setTimeout(10);
  expect(trial.records.map(({ connectionReused }) => connectionReused)).toEqual([false, true]);
  expect(trial.records.map(({ marks }) => marks.connectStart === undefined)).toEqual([false, true]);
  socket.terminate();
});

test.each([401, 429])('the key is in no frame of an error, whose status is %i', async (status) => {
  await using server = await startScriptedServer({
    onSocket: (socket, { headers }) => {
      const error = { code: 'oops', message: `no such key: ${headers.authorization}` };
      socket.on('message', () => sendAll(socket, [{ type: 'error', status, error }]));
    },
  });
  await using trial = await openTestTrial([realModel(server.baseUrl)], {
    retry: { maxAttempts: 1, baseMs: 5, maxMs: 5 },
  });
  const socket = await opened(socketAsAgent(trial.trial));
  const [frame = ''] = await ask(socket);
  expect(JSON.parse(frame)).toMatchObject({
    error: { message: `no such key: Bearer ${'*'.repeat(canary.length)}` },
  });
  expect(JSON.stringify([trial.records, trial.trial.failure])).not.toContain(canary);
  socket.terminate();
});

test('a request in a binary frame is a request like any other', async () => {
  await using server = await startScriptedServer(
    answering((socket) => sendAll(socket, answerEvents('r', 'x'))),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = await opened(socketAsAgent(trial.trial));
  const done = framesUntil(socket, 'response.completed', 'error');
  socket.send(Buffer.from(JSON.stringify(create)), { binary: true });
  await done;
  await setTimeout(10);
  expect(trial.records).toMatchObject([{ kind: 'turn', status: 'completed', usage: { output: 10 } }]);
  const refused = framesUntil(socket, 'error');
  socket.send(Buffer.from(JSON.stringify({ ...create, model: 'other' })), { binary: true });
  expect(await refused).toHaveLength(1);
  socket.terminate();
});

test('a request that waits behind another one of its lane is not silent', async () => {
  await using server = await startScriptedServer(
    answering((socket, _request, number) => {
      if (number > 1) return;
      const [created = {}, delta = {}, ...rest] = answerEvents('r', 'x');
      sendAll(socket, [created]);
      const stream = async () => {
        for (let left = 10; left > 0; left -= 1) {
          await setTimeout(60);
          sendAll(socket, [delta]);
        }
        sendAll(socket, [...rest, ...answerEvents('r2', 'y')]);
      };
      void stream();
    }),
  );
  await using trial = await openTestTrial([realModel(server.baseUrl)], { stallTimeoutMs: 400 });
  const socket = await opened(socketAsAgent(trial.trial));
  const first = framesUntil(socket, 'response.completed');
  socket.send(JSON.stringify(create));
  socket.send(JSON.stringify(create));
  await first;
  for (let left = 50; left > 0 && trial.records.length < 2; left -= 1) await setTimeout(10);
  expect(trial.records.map(({ status }) => status)).toEqual(['completed', 'completed']);
  socket.terminate();
});

test('an agent that goes while its request waits for its leave is not asked for', async () => {
  let asked = 0;
  const count = () => {
    asked += 1;
  };
  await using server = await startScriptedServer(answering(count));
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  await using trial = await openTestTrial([realModel(server.baseUrl)], {
    pace: {
      admit: async ({ signal }) => {
        signal.addEventListener('abort', () => resolve());
        await Promise.race([stopped, setTimeout(400)]);
        return signal.aborted ? 'aborted' : { waitedUs: 400_000, release: () => {} };
      },
      history: () => [],
    },
  });
  const socket = await opened(socketAsAgent(trial.trial));
  socket.send(JSON.stringify(create));
  await setTimeout(50);
  socket.terminate();
  expect(await Promise.race([stopped.then(() => 'stopped'), setTimeout(200, 'waits on')])).toBe('stopped');
  await setTimeout(250);
  expect(asked).toBe(0);
});

test('an agent that goes while its upgrade waits for a retry is not asked for', async () => {
  let asked = 0;
  await using server = await startScriptedServer({
    refuseUpgrade: () => {
      asked += 1;
      return 'HTTP/1.1 503 Busy\r\nretry-after-ms: 300\r\ncontent-length: 0\r\n\r\n';
    },
  });
  await using trial = await openTestTrial([realModel(server.baseUrl)]);
  const socket = socketAsAgent(trial.trial);
  socket.on('error', () => {}); // it is terminated before it is open
  while (trial.waits.length === 0) await setTimeout(5);
  socket.terminate();
  await setTimeout(450);
  expect([asked, trial.waits]).toEqual([1, [true, false]]);
});
