import { expect, test } from 'vitest';
import type { ConversationItem, InferenceClient, ModelAnswer, ModelRequest } from '../../inference/client.ts';
import { requestRecord } from '../../testing/scripted-inference.ts';
import { modelProfile } from '../../testing/tasks.ts';
import { measureArms } from './measure-arms.ts';

const aliases = ['a', 'b', 'c'];

interface Asked {
  readonly alias: string;
  readonly request: ModelRequest;
}

/** Answers every arm as told, and keeps what it was asked. */
function client(answerTo: (alias: string, times: number) => ModelAnswer): {
  readonly client: InferenceClient;
  readonly asked: Asked[];
  readonly closed: string[];
} {
  const asked: Asked[] = [];
  const closed: string[] = [];
  return {
    asked,
    closed,
    client: {
      openSession: ({ model: { alias } }) => ({
        respond: async (request) => {
          asked.push({ alias, request });
          return answerTo(alias, asked.filter((one) => one.alias === alias).length);
        },
        [Symbol.asyncDispose]: async () => void closed.push(alias),
      }),
      [Symbol.asyncDispose]: async () => {},
    },
  };
}

function completed(items: readonly ConversationItem[]): ModelAnswer {
  const usage = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };
  return { status: 'completed', items, usage, record: requestRecord() };
}
const called = (callId: string): ModelAnswer =>
  completed([{ type: 'function-call', callId, name: 'shell', arguments: '{}' }]);

async function measure(answerTo: (alias: string, times: number) => ModelAnswer, signal?: AbortSignal) {
  const fake = client(answerTo);
  const arms = await measureArms({
    client: fake.client,
    models: aliases.map((alias) => modelProfile({ alias })),
    rounds: 5,
    seed: 3,
    signal: signal ?? new AbortController().signal,
    onRecord: () => {},
    onRound: () => {},
  });
  return { ...fake, arms };
}

test('every arm is asked once in each round, in an order that is drawn', async () => {
  const { asked, closed } = await measure((_alias, times) => called(String(times)));
  const rounds = Array.from({ length: 6 }, (_, round) =>
    asked.slice(round * 3, round * 3 + 3).map(({ alias }) => alias),
  );
  expect(asked).toHaveLength(18);
  for (const round of rounds) expect(round.toSorted()).toEqual(aliases);
  expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
  expect(closed.toSorted()).toEqual(aliases);
});

test('all arms are sent the same conversation, which grows by a call and its result', async () => {
  const { asked } = await measure((_alias, times) => called(String(times)));
  const ofArm = (alias: string) => asked.filter((one) => one.alias === alias).map(({ request }) => request);
  expect(ofArm('a')).toEqual(ofArm('b'));
  expect(ofArm('a').map(({ input }) => input.length)).toEqual([1, 3, 5, 7, 9, 11]);
  expect(ofArm('a')[1]?.input.at(-1)).toMatchObject({ type: 'function-result', callId: '1' });
});

test('a model that calls nothing is told to go on', async () => {
  const { asked } = await measure(() =>
    completed([{ type: 'message', role: 'assistant', text: 'Shall I?' }]),
  );
  expect(asked.at(-1)?.request.input.at(-1)).toMatchObject({ type: 'message', role: 'user' });
});

test('an arm that failed is over and says why; the others go on', async () => {
  const { arms, asked } = await measure((alias, times) =>
    alias === 'b' && times === 2
      ? {
          status: 'failed',
          error: { kind: 'server', message: 'broken', retryable: true, provider: 'p', model: 'm' },
        }
      : called(String(times)),
  );
  expect(arms.map(({ endedBy }) => endedBy)).toEqual([undefined, 'server: broken', undefined]);
  expect(asked.filter(({ alias }) => alias === 'b')).toHaveLength(2);
  expect(asked.filter(({ alias }) => alias === 'c')).toHaveLength(6);
});

test('an interrupt ends the measurement with what there is', async () => {
  const controller = new AbortController();
  const { asked } = await measure((_alias, times) => {
    if (times === 2) controller.abort();
    return called(String(times));
  }, controller.signal);
  expect(asked.length).toBeLessThan(6);
});
