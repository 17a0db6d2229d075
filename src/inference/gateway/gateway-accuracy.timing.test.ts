import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ttftUs } from '../../domain/request-record.ts';
import { modelOf } from '../simulator/fixtures.ts';
import { askAsAgent, type OpenedTrial, openTestTrial, socketAsAgent } from './gateway-fixtures.ts';

/** A simulator in a process of its own: the two share the machine's clock and nothing else. */
async function startChild(): Promise<{ readonly child: ChildProcess; readonly baseUrl: string }> {
  const fixture = fileURLToPath(new URL('../simulator/child-fixture.ts', import.meta.url));
  const child = fork(fixture, { execArgv: [] });
  const [message] = await once(child, 'message');
  return { child, baseUrl: (message as { baseUrl: string }).baseUrl };
}

const rounds = 105;
const body = { model: 'fast', stream: true, input: 'Hello' };

async function askOverSse({ trial }: OpenedTrial): Promise<void> {
  for (let turn = 0; turn < rounds; turn += 1) await askAsAgent(trial, { path: '/v1/responses', body });
}

async function askOverWebSocket({ trial }: OpenedTrial): Promise<void> {
  const socket = socketAsAgent(trial);
  await once(socket, 'open');
  for (let turn = 0; turn < rounds; turn += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onMessage = (data: unknown) => {
      if (String(data).includes('"response.completed"')) resolve();
    };
    socket.on('message', onMessage);
    socket.send(JSON.stringify({ type: 'response.create', ...body }));
    await promise;
    socket.off('message', onMessage);
  }
  socket.terminate();
}

const percentile95 = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;

test.each([
  ['SSE', askOverSse],
  ['WebSocket', askOverWebSocket],
])(
  'over %s the gateway’s TTFT is the server’s, to 2 ms for 95 of 100',
  { retry: 3, timeout: 60_000 },
  async (_name, askAll) => {
    const { child, baseUrl } = await startChild();
    try {
      await using opened = await openTestTrial([modelOf(baseUrl, 'responses-sse')]);
      await askAll(opened);
      await opened.trial[Symbol.asyncDispose](); // every record is out
      const seen = opened.records.slice(5);
      const errors = seen.map((record) => {
        const { received = Number.NaN, firstToken = Number.NaN } = record.serverStamps ?? {};
        return (ttftUs(record) ?? Number.NaN) - (firstToken - received);
      });
      expect(errors).toHaveLength(rounds - 5);
      expect(Math.min(...errors)).toBeGreaterThanOrEqual(0); // nobody sees a token before it is sent
      expect(percentile95(errors)).toBeLessThan(2000);
    } finally {
      child.kill();
    }
  },
);
