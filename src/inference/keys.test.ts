import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelProfile } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import { systemClock } from '../lib/clock.ts';
import { createInferenceClient } from './inference-client.ts';
import { createAdaptivePace } from './pace/adaptive-pace.ts';

/** Quotes the key that it refuses. */
const server = createServer(({ headers }, response) => {
  response
    .writeHead(401)
    .end(JSON.stringify({ error: { message: `no such key: ${headers.authorization}` } }));
});
server.on('upgrade', ({ headers }, socket) => {
  socket.end(`HTTP/1.1 401 No\r\nconnection: close\r\n\r\nno such key: ${headers.authorization}`);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

const transports = ['responses-websocket', 'responses-sse', 'chat-sse'] as const;

function clientWith(key: string, transport: ModelProfile['transport']) {
  const client = createInferenceClient({
    clock: systemClock,
    env: { ACME_KEY: key },
    retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
    random: () => 0.5,
    stallTimeoutMs: 2_000,
    connectTimeoutMs: 2_000,
    pace: createAdaptivePace({ clock: systemClock }),
  });
  const { port } = server.address() as AddressInfo; // listening on TCP
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const model: ModelProfile = {
    alias: 'real',
    provider: { name: 'acme', kind: 'openai', baseUrl, apiKeyEnv: 'ACME_KEY', limits: { maxConcurrency: 1 } },
    model: 'real',
    transport,
    style: 'light',
    contextTokens: 1_000,
  };
  const records: RequestRecord[] = [];
  const onRecord = (record: RequestRecord): void => void records.push(record);
  const session = client.openSession({ model, trialId: 't', metadata: {}, onRecord });
  const respond = () => {
    const signal = AbortSignal.timeout(1_000);
    return session.respond({ instructions: '', input: [], tools: [] }, { signal });
  };
  return { client, respond, records };
}

test.each(transports)(
  'over %s a key that the provider quotes is in no answer and no record',
  async (transport) => {
    const { client, respond, records } = clientWith('sk-canary-77aa', transport);
    await using _ = client;
    expect(await respond()).toMatchObject({
      status: 'failed',
      error: { message: 'no such key: Bearer ***' },
    });
    expect(JSON.stringify(records)).not.toContain('canary');
    expect(records).toHaveLength(1);
  },
);

test.each(transports)(
  'over %s a key that no header takes fails every request, not only the first',
  async (transport) => {
    const { client, respond } = clientWith('sk-two\nlines', transport);
    await using _ = client;
    for (const answer of [await respond(), await respond()])
      expect(answer).toMatchObject({ status: 'failed' });
  },
);
