import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { requestRecordSchema } from '../../domain/request-record.ts';
import { systemClock } from '../../lib/clock.ts';
import { profileOf } from '../simulator/fixtures.ts';
import { startSimulator } from '../simulator/simulator.ts';
import {
  answerEvents,
  askAsAgent,
  canary,
  openTestTrial,
  realModel,
  sendAsAgent,
  sse,
  startScriptedServer,
} from './gateway-fixtures.ts';

const ask = { path: '/v1/responses', body: { model: 'real', stream: true, input: 'Hello' } };
const events = { 'content-type': 'text/event-stream' };

test('passes the bytes of a stream on as they are, and times them', async () => {
  const text = `: hi\r\n\r\n${sse(answerEvents('resp_1', 'wörds'))}data: [DONE]\n\n`;
  await using server = await startScriptedServer({
    onRequest: (_received, response) => {
      response.writeHead(200, { ...events, 'x-request-id': 'req_7' });
      const bytes = Buffer.from(text);
      response.write(bytes.subarray(0, 200)); // in the middle of an event
      void setTimeout(20).then(() => response.end(bytes.subarray(200)));
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(answer).toMatchObject({ status: 200, body: text, headers: { 'x-request-id': 'req_7' } });
  const [record] = opened.records;
  expect(requestRecordSchema.parse(record)).toMatchObject({
    turn: 1,
    attempt: 1,
    kind: 'turn',
    via: 'gateway',
    transport: 'responses-sse',
    status: 'completed',
    httpStatus: 200,
    responseId: 'resp_1',
    servedModel: 'real-2026',
    chunks: 1,
    usage: { input: 100, cachedInput: 40, output: 10, estimated: false },
  });
  const {
    connectStart = 0,
    connectEnd = 0,
    t0,
    accepted = 0,
    created = 0,
    firstText = 0,
  } = record?.marks ?? { t0: 0 };
  const order = [connectStart, connectEnd, t0, accepted, created, firstText, record?.marks.completed ?? 0];
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
});

test('puts the key in, takes the token out, and passes every other header and the body on', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse(answerEvents('r', 'x'))),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const body = Buffer.from('{"model":"real" ,  "stream":true, "input":"ä"}');
  await askAsAgent(opened.trial, {
    path: '/v1/responses?x=1',
    body,
    headers: { originator: 'cli', 'accept-encoding': 'gzip, br', 'x-evalrun-metadata': '{"task":"another"}' },
  });
  const [received] = server.received;
  expect(received?.body).toEqual(body);
  expect(received?.request.url).toBe('/v1/responses?x=1');
  expect(received?.request.headers).toMatchObject({
    authorization: `Bearer ${canary}`,
    originator: 'cli',
    'x-responsesapi-include-timing-metrics': 'true',
    'content-length': String(body.length),
  });
  expect(received?.request.headers).not.toHaveProperty('accept-encoding');
  expect(received?.request.headers).not.toHaveProperty('x-evalrun-metadata');
  expect(JSON.stringify(received?.request.rawHeaders)).not.toContain(opened.trial.token);
});

test.each([
  ['zstd', zstdCompressSync],
  ['gzip', gzipSync],
] as const)(
  'reads a body that is compressed with %s beside, and passes it on untouched',
  async (encoding, compress) => {
    await using server = await startScriptedServer({
      onRequest: (_received, response) => response.writeHead(200, events).end(sse(answerEvents('r', 'x'))),
    });
    await using opened = await openTestTrial([realModel(server.baseUrl)]);
    const body = Buffer.from(compress(Buffer.from(JSON.stringify(ask.body))));
    const answer = await askAsAgent(opened.trial, {
      ...ask,
      body,
      headers: { 'content-encoding': encoding },
    });
    expect(answer.status).toBe(200);
    expect(server.received[0]?.body).toEqual(body);
    expect(server.received[0]?.request.headers['content-encoding']).toBe(encoding);
  },
);

test('keeps the timings that it asked for by itself, and gives an agent those that it asked for', async () => {
  const timing = { type: 'responsesapi.websocket_timing', timing_metrics: { engine_service_total_ms: 7 } };
  const all = answerEvents('r', 'x');
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse([...all, timing])),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  expect((await askAsAgent(opened.trial, ask)).body).toBe(sse(all));
  const header = { 'x-responsesapi-include-timing-metrics': 'true' };
  expect((await askAsAgent(opened.trial, { ...ask, headers: header })).body).toBe(sse([...all, timing]));
  const timings = opened.records.map((record) => record.serverTiming);
  expect(timings).toEqual([timing.timing_metrics, timing.timing_metrics]);
});

test('tells a simulator what the trial is at, and keeps its stamps', async () => {
  await using simulator = await startSimulator({
    seed: 1,
    profiles: new Map([['fast', profileOf({})]]),
    tasks: () => undefined,
    clock: systemClock,
  });
  const model = {
    ...realModel(simulator.baseUrl, 'fast'),
    provider: {
      name: 's',
      kind: 'simulated' as const,
      baseUrl: simulator.baseUrl,
      playedBy: 'simulator' as const,
    },
  };
  await using opened = await openTestTrial([model]);
  opened.trial.begin({ metadata: { task: 'tä', trial: 'trial-1' } });
  const answer = await askAsAgent(opened.trial, { ...ask, body: { ...ask.body, model: 'fast' } });
  expect(answer.body).not.toContain('evalrun.stamps');
  expect(answer.body).toContain('response.completed');
  const { serverStamps, marks, simulated } = opened.records[0] ?? {};
  expect(simulated).toBe(true);
  expect(serverStamps?.firstToken).toBeLessThanOrEqual(marks?.firstText ?? 0);
});

test.each([
  ['no token', {}, { authorization: '' }],
  ['another token', {}, { authorization: 'Bearer evalrun-other' }],
  ['a key that is a part of it', {}, { authorization: 'Bearer evalrun-' }],
])('refuses %s', async (_name, extra, headers) => {
  await using opened = await openTestTrial([realModel('http://127.0.0.1:9/v1')]);
  const answer = await askAsAgent(opened.trial, { ...ask, ...extra, headers });
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'invalid_api_key' } });
  expect(opened.records).toEqual([]);
});

test('one trial’s token does not open another', async () => {
  await using one = await openTestTrial([realModel('http://127.0.0.1:9/v1')]);
  await using two = await openTestTrial([realModel('http://127.0.0.1:9/v1')]);
  expect((await askAsAgent(one.trial, { ...ask, token: two.trial.token })).status).toBe(401);
});

test.each([
  ['/v1/responses', { error: { code: 'model_not_found', param: null } }],
  ['/v1/chat/completions', { error: { code: 'model_not_found' } }],
  ['/v1/messages', { type: 'error', error: { type: 'not_found_error' } }],
])('refuses a model that was not planned, at %s in its own words', async (path, shape) => {
  await using opened = await openTestTrial([realModel('http://127.0.0.1:9/v1')]);
  const answer = await askAsAgent(opened.trial, { path, body: { model: 'dear' } });
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.body)).toMatchObject(shape);
});

test('serves its doors, the list of models, and nothing else', async () => {
  await using opened = await openTestTrial([realModel('http://127.0.0.1:9/v1', 'real')]);
  const models = await askAsAgent(opened.trial, { path: '/v1/models' });
  expect(JSON.parse(models.body)).toMatchObject({ data: [{ id: 'real', owned_by: 'acme' }] });
  for (const path of ['/v1/files', '/v1/responses/resp_1', '/', '/v1/models/real', '/v1/constructor']) {
    expect((await askAsAgent(opened.trial, { path })).status).toBe(404);
    expect((await askAsAgent(opened.trial, { path, body: ask.body })).status).toBe(404);
  }
});

test('tries again what may pass, with a record of each attempt, and lets the agent wait for its answer', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response, number) => {
      if (number === 1)
        response.writeHead(429, { 'retry-after-ms': '30' }).end('{"error":{"code":"rate_limit_exceeded"}}');
      else if (number === 2) response.writeHead(529).end();
      else response.writeHead(200, events).end(sse(answerEvents('r', 'x')));
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  expect((await askAsAgent(opened.trial, ask)).status).toBe(200);
  expect(
    opened.records.map(({ turn, attempt, status, httpStatus }) => [turn, attempt, status, httpStatus]),
  ).toEqual([
    [1, 1, 'failed', 429],
    [1, 2, 'failed', 529],
    [1, 3, 'completed', 200],
  ]);
  expect(opened.records[1]?.backoffUs).toBeGreaterThanOrEqual(30_000);
  expect(opened.waits).toEqual([true, false, true, false]);
  expect(opened.trial.closed.aborted).toBe(false);
});

test('when the retries are spent the agent gets the provider’s words, and the trial is closed', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response
        .writeHead(500, { 'content-type': 'application/json', 'x-request-id': 'q' })
        .end('{"error":{"message":"boom"}}'),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(answer).toMatchObject({
    status: 500,
    body: '{"error":{"message":"boom"}}',
    headers: { 'x-request-id': 'q' },
  });
  expect(opened.records).toHaveLength(3);
  expect(opened.trial.closed.aborted).toBe(true);
  expect(opened.trial.failure).toMatchObject({
    kind: 'provider',
    error: { kind: 'server', status: 500, provider: 'acme', model: 'real', message: 'boom' },
  });
  const later = await askAsAgent(opened.trial, ask);
  expect(later.status).toBe(400);
  expect(JSON.parse(later.body)).toMatchObject({ error: { code: 'trial_closed' } });
  expect(server.received).toHaveLength(3);
});

test('a provider that cannot be reached is tried again, and said to be', async () => {
  await using opened = await openTestTrial([realModel('http://127.0.0.1:9/v1')]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(answer.status).toBe(502);
  expect(opened.records.map(({ error }) => error?.kind)).toEqual(['connect', 'connect', 'connect']);
  expect(opened.trial.failure).toMatchObject({ kind: 'provider', error: { kind: 'connect' } });
});

test('what the agent asked wrongly goes back to it once, and closes nothing', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(400).end('{"error":{"code":"context_length_exceeded"}}'),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  for (let time = 0; time < 5; time += 1) expect((await askAsAgent(opened.trial, ask)).status).toBe(400);
  expect(server.received).toHaveLength(5);
  expect(opened.trial.closed.aborted).toBe(false);
  expect(opened.records.map(({ turn, attempt }) => [turn, attempt])).toEqual(
    [1, 2, 3, 4, 5].map((n) => [1, n]),
  );
});

test('the key is nowhere in what an agent gets, even where a provider quotes it', async () => {
  await using server = await startScriptedServer({
    onRequest: ({ request }, response) =>
      response
        .writeHead(401)
        .end(JSON.stringify({ error: { message: `no such key: ${request.headers.authorization}` } })),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, ask);
  expect(server.received[0]?.request.headers.authorization).toContain(canary);
  expect(answer.status).toBe(401);
  expect(answer.body + JSON.stringify(answer.headers)).not.toContain(canary);
  expect(JSON.stringify([opened.records, opened.trial.failure])).not.toContain(canary);
  expect(opened.trial.failure).toMatchObject({ kind: 'provider', error: { kind: 'authentication' } });
});

test('a stream that is cut is cut for the agent, too, and the turn goes on with its next attempt', async () => {
  const [created = {}, delta = {}] = answerEvents('r', 'x');
  await using server = await startScriptedServer({
    onRequest: (_received, response, number) => {
      response.writeHead(200, events);
      if (number > 1) return void response.end(sse(answerEvents('r', 'x')));
      response.write(sse([created, delta]));
      void setTimeout(20).then(() => response.destroy());
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  await expect(askAsAgent(opened.trial, ask)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  await askAsAgent(opened.trial, ask);
  expect(opened.records.map(({ turn, attempt, status }) => [turn, attempt, status])).toEqual([
    [1, 1, 'failed'],
    [1, 2, 'completed'],
  ]);
  expect(opened.records[0]).toMatchObject({ error: { kind: 'stream-cut' }, chunks: 1 });
});

test('more failures in a row than there are attempts close the trial', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => {
      response.writeHead(200, events).write(sse(answerEvents('r', 'x').slice(0, 2)));
      void setTimeout(5).then(() => response.destroy());
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  for (let time = 0; time < 4; time += 1) {
    expect(opened.trial.closed.aborted).toBe(false);
    await expect(askAsAgent(opened.trial, ask)).rejects.toThrow();
    await setTimeout(20);
  }
  expect(opened.trial.failure).toMatchObject({ kind: 'provider', error: { kind: 'stream-cut' } });
});

test('a provider that says nothing for too long is asked again, and then given up', async () => {
  await using server = await startScriptedServer({ onRequest: () => {} });
  await using opened = await openTestTrial([realModel(server.baseUrl)], { stallTimeoutMs: 40 });
  expect((await askAsAgent(opened.trial, ask)).status).toBe(504);
  expect(opened.records.map(({ error }) => error?.kind)).toEqual(['stalled', 'stalled', 'stalled']);
});

test('when the agent goes, so does the request, and its record says so', async () => {
  let gone: Promise<unknown> | undefined;
  await using server = await startScriptedServer({
    onRequest: (_received, response) => {
      gone = once(response, 'close');
      response.writeHead(200, events).write(sse(answerEvents('r', 'x').slice(0, 2)));
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const request = sendAsAgent(opened.trial, ask);
  request.on('error', () => {}); // destroyed below
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await once(response, 'data');
  request.destroy();
  await gone;
  await setTimeout(20);
  expect(opened.records).toMatchObject([{ status: 'aborted', chunks: 1 }]);
  expect(opened.trial.closed.aborted).toBe(false);
});

test('the limits of a step hold: turns, then tokens', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse(answerEvents('r', 'x'))),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  opened.trial.begin({ metadata: {}, maxTurns: 2 });
  expect((await askAsAgent(opened.trial, ask)).status).toBe(200);
  opened.trial.begin({ metadata: {}, maxTurns: 2 });
  for (const status of [200, 200, 400, 400])
    expect((await askAsAgent(opened.trial, ask)).status).toBe(status);
  expect(opened.trial.failure).toEqual({ kind: 'turn-limit' });
  expect(opened.records.map(({ turn }) => turn)).toEqual([1, 2, 3]);

  await using other = await openTestTrial([realModel(server.baseUrl)]);
  other.trial.begin({ metadata: {}, maxTokens: 200 });
  for (const status of [200, 200, 400]) expect((await askAsAgent(other.trial, ask)).status).toBe(status);
  expect(other.trial.failure).toEqual({ kind: 'token-limit' });
});

test('pace and budget hold here, too', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse(answerEvents('r', 'x'))),
  });
  const told: unknown[] = [];
  let left = 2;
  await using opened = await openTestTrial([realModel(server.baseUrl)], {
    pace: {
      admit: async ({ expectedTokens, onWait }) => {
        onWait?.(10);
        await setTimeout(10);
        told.push(['admit', expectedTokens > 700]);
        return {
          waitedUs: 10_000,
          release: (result) => told.push(['release', result.tokens, result.overloaded]),
        };
      },
      history: () => [],
    },
    budget: {
      spent: new AbortController().signal,
      reserve: (_model, { output }) => {
        if (left === 0) return undefined;
        left -= 1;
        return { settle: (usage) => told.push(['settle', output, usage?.output]) };
      },
      spending: () => ({ tokens: 0, usd: 0, estimated: false }),
    },
  });
  const limited = { ...ask, body: { ...ask.body, max_output_tokens: 700 } };
  expect((await askAsAgent(opened.trial, limited)).status).toBe(200);
  expect(told).toEqual([
    ['admit', true],
    ['settle', 700, 10],
    ['release', 110, false],
  ]);
  expect(opened.records[0]?.paceUs).toBeGreaterThan(8000);
  expect(opened.waits).toEqual([true, false]);
  await askAsAgent(opened.trial, ask);
  const refused = await askAsAgent(opened.trial, ask);
  expect(refused.status).toBe(400);
  expect(opened.trial.failure).toEqual({ kind: 'budget' });
});

test('an answer that is not streamed passes, too: usage without a first token', async () => {
  const whole = { ...(answerEvents('resp_9', 'x').at(-1) as { response: object }).response };
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole)),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const answer = await askAsAgent(opened.trial, {
    path: '/v1/responses',
    body: { model: 'real', input: 'x' },
  });
  expect(answer.body).toBe(JSON.stringify(whole));
  expect(opened.records[0]).toMatchObject({
    streamed: false,
    chunks: 0,
    status: 'completed',
    usage: { output: 10 },
  });
  expect(opened.records[0]?.marks.firstAction).toBeUndefined();
  await askAsAgent(opened.trial, { path: '/v1/responses/compact', body: { model: 'real', input: [] } });
  expect(opened.records[1]).toMatchObject({ kind: 'compaction', turn: 1 });
});

test('prewarms, compactions and calls of another model are flagged and are no turns', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse(answerEvents('r', 'x'))),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl), realModel(server.baseUrl, 'small')]);
  opened.trial.begin({ metadata: {}, maxTurns: 1 });
  const kind = (request_kind: string) => ({ 'x-codex-turn-metadata': JSON.stringify({ request_kind }) });
  const body = (fields: object) => ({ path: '/v1/responses', body: { ...ask.body, ...fields } });
  await askAsAgent(opened.trial, body({ generate: false }));
  await askAsAgent(opened.trial, { ...ask, headers: kind('compaction') });
  await askAsAgent(opened.trial, body({ client_metadata: kind('compaction') }));
  await askAsAgent(opened.trial, body({ model: 'small' }));
  await askAsAgent(opened.trial, { ...ask, headers: kind('turn') });
  expect(opened.records.map(({ kind, turn, model }) => `${kind} ${turn} ${model}`)).toEqual([
    'prewarm 1 real',
    'compaction 1 real',
    'compaction 1 real',
    'side 1 small',
    'turn 1 real',
  ]);
});

test('a slow agent slows the provider down, and little is kept in between', async () => {
  let written = 0;
  const filler = `: ${'x'.repeat(64 * 1024 - 4)}\n\n`;
  await using server = await startScriptedServer({
    onRequest: (_received, response) => {
      response.writeHead(200, events);
      const fill = () => {
        while (written < 400_000_000 && !response.destroyed) {
          written += filler.length;
          if (!response.write(filler)) return void response.once('drain', fill);
        }
      };
      fill();
    },
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)], { stallTimeoutMs: 150 });
  const request = sendAsAgent(opened.trial, ask);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  const before = process.memoryUsage().rss;
  await setTimeout(500); // longer than a provider may be silent
  const stopped = written;
  expect(stopped).toBeLessThan(30_000_000); // what sockets hold by themselves
  await setTimeout(100);
  expect(written).toBe(stopped);
  expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
  let read = 0;
  response.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  response.resume();
  while (read < stopped + 1_000_000) await setTimeout(10); // it goes on
  expect(opened.records).toEqual([]);
  request.on('error', () => {}); // destroyed here
  request.destroy();
});

test('two requests use one connection, and leaving nothing behind is part of the end', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) => response.writeHead(200, events).end(sse(answerEvents('r', 'x'))),
  });
  const opened = await openTestTrial([realModel(server.baseUrl)]);
  await askAsAgent(opened.trial, ask);
  await askAsAgent(opened.trial, ask);
  expect(opened.records.map(({ connectionReused }) => connectionReused)).toEqual([false, true]);
  expect(opened.records[1]?.marks).not.toHaveProperty('connectStart');
  await opened[Symbol.asyncDispose]();
  await opened.trial[Symbol.asyncDispose]();
  await expect(askAsAgent(opened.trial, ask)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test('a missing key is said when the trial is opened', async () => {
  await expect(openTestTrial([realModel('http://127.0.0.1:9/v1')], { env: {} })).rejects.toThrow(
    /set ACME_KEY/,
  );
});

test('a recorder is told what crossed the provider’s side, when, and never a key', async () => {
  const text = sse(answerEvents('r', 'x'));
  await using server = await startScriptedServer({
    onRequest: (_received, response, number) => {
      if (number === 1) response.writeHead(503).end('busy');
      else response.writeHead(200, events).end(text);
    },
  });
  const told: unknown[] = [];
  await using opened = await openTestTrial([realModel(server.baseUrl)], {
    tap: {
      begin: ({ body, ...request }) => {
        told.push({ ...request, body: Buffer.from(body).toString() });
        return {
          accepted: (status, headers, atUs) => told.push([status, headers, atUs > request.sentUs]),
          chunk: (bytes) => told.push(Buffer.from(bytes).toString()),
          end: (how) => told.push(how),
        };
      },
    },
  });
  opened.trial.begin({ metadata: { task: 't' } });
  await askAsAgent(opened.trial, ask);
  const request = {
    trialId: 'trial-1',
    metadata: { task: 't' },
    transport: 'responses-sse',
    path: '/responses',
    body: JSON.stringify(ask.body),
  };
  const accepted = (status: number) => [status, expect.anything(), true];
  expect(told).toMatchObject([
    request,
    accepted(503),
    'busy',
    'complete',
    request,
    accepted(200),
    text,
    'complete',
  ]);
  expect(JSON.stringify(told)).not.toContain(canary);
});
