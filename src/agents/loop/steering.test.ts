import { expect, test } from 'vitest';
import { type Intervention, type InterventionRecord, parseMoment } from '../../domain/intervention.ts';
import type { ConversationItem, ModelAnswer } from '../../inference/client.ts';
import { exited, type FakeCommand, FakeSandbox } from '../../testing/fake-sandbox.ts';
import { HeldClock } from '../../testing/held-clock.ts';
import {
  type Asked,
  calling,
  requestRecord,
  type ScriptedAnswer,
  ScriptedInference,
  says,
} from '../../testing/scripted-inference.ts';
import { modelProfile, task, taskStep } from '../../testing/tasks.ts';
import type { AgentContext, AgentResult } from '../agent.ts';
import { loopAgent } from './loop-agent.ts';

const order = 'Write it in blue.';

function intervention(atText: string, kind: Intervention['kind'] = 'redirect'): Intervention {
  const at = parseMoment(atText);
  if (at === undefined) throw new Error(atText);
  return { kind, at, atText, message: order, follows: { files: ['blue'] }, stale: { files: ['red'] } };
}

interface Played {
  readonly result: AgentResult;
  readonly record: InterventionRecord;
  readonly model: ScriptedInference;
  readonly sandbox: FakeSandbox;
}

interface PlayOptions {
  readonly command?: FakeCommand;
  readonly clock?: HeldClock;
  readonly maxTurns?: number;
}

async function play(
  stepping: Intervention,
  answers: readonly ScriptedAnswer[],
  options: PlayOptions = {},
): Promise<Played> {
  const model = new ScriptedInference(...answers);
  const sandbox = new FakeSandbox(options.command ?? (() => exited(0)));
  const profile = modelProfile();
  const context: AgentContext = {
    task: task(),
    step: taskStep(),
    sandbox,
    model: profile,
    session: model.openSession({ model: profile, trialId: 't', metadata: {}, onRecord: () => undefined }),
    intervention: stepping,
    limits: { deadlineUs: () => undefined, maxTurns: options.maxTurns ?? 10, commandTimeoutMs: 1000 },
    signal: new AbortController().signal,
    clock: options.clock ?? new HeldClock(),
    recordSpan: () => undefined,
    recordStep: () => undefined,
    log: () => undefined,
  };
  const result = await loopAgent.run(context);
  if (result.intervention === undefined) throw new Error('nothing was recorded');
  return { result, record: result.intervention, model, sandbox };
}

const red = calling(['shell', { command: 'echo 1 > red' }]);
const blue = calling(['shell', { command: 'echo 1 > blue' }]);

/** An answer that brings a token and then only ends when it is stopped. */
function stoppable(items: readonly ConversationItem[] = [], atUs = 500_000) {
  return async ({ options }: Asked): Promise<ModelAnswer> => {
    options.onToken?.();
    if (!options.signal.aborted) {
      await new Promise((resolve) => options.signal.addEventListener('abort', resolve, { once: true }));
    }
    const marks = { t0: atUs, firstText: atUs, firstAction: atUs, lastToken: atUs };
    return { status: 'aborted', items, record: requestRecord({ status: 'aborted', marks }) };
  };
}

/** An answer that brings a token and its end before anybody could stop it. */
function streaming(answer: ModelAnswer) {
  return ({ options }: Asked): ModelAnswer => {
    options.onToken?.();
    return answer;
  };
}

/** The conversation of the request that first holds the order. */
function heard({ model }: Played): readonly ConversationItem[] {
  return model.requests.find(({ input }) => input.some(isOrder))?.input ?? [];
}

const isOrder = (item: ConversationItem): boolean => item.type === 'message' && item.text === order;

test('after a tool call: the order follows its result, and the rest of the answer is not carried out', async () => {
  const two = calling(['shell', { command: 'echo 1 > red' }], ['shell', { command: 'echo 2 > red' }]);
  const played = await play(intervention('after-tool-call 1'), [two, blue, says('done')]);
  expect(played.sandbox.commands).toEqual(['bash -c echo 1 > red', 'bash -c echo 1 > blue']);
  const items = heard(played);
  expect(items.map(({ type }) => type)).toEqual([
    'message',
    'function-call',
    'function-call',
    'function-result',
    'function-result',
    'message',
  ]);
  expect(items[4]).toMatchObject({ output: 'error: not run, the user has stepped in' });
  expect(played.record).toMatchObject({ delivered: 'in-time', via: 'next-request', staleActions: 0 });
  expect(played.result.ending).toBe('finished');
});

test('during a stream: the answer is stopped, its calls are dropped and its words are kept', async () => {
  const partial: ConversationItem[] = [
    { type: 'reasoning', summary: 'red it is' },
    { type: 'message', role: 'assistant', text: 'I will write it in red.' },
    { type: 'function-call', callId: 'c', name: 'shell', arguments: '{}' },
  ];
  const played = await play(intervention('during-stream 2'), [red, stoppable(partial), blue]);
  const items = heard(played);
  expect(items.map(({ type }) => type)).toEqual([
    'message',
    'function-call',
    'function-result',
    'message',
    'message',
  ]);
  expect(items.at(-2)).toMatchObject({ text: 'I will write it in red.' });
  expect(played.record).toMatchObject({ delivered: 'in-time', via: 'new-connection' });
  expect(played.record.marks.lastOldToken).toBe(500_000);
});

test('during a stream: not before the answer that is meant', async () => {
  const answers = [streaming(red), stoppable(), says('done')];
  const { model } = await play(intervention('during-stream 2'), answers);
  expect(model.requests[1]?.input.some(isOrder)).toBe(false);
  expect(model.requests[2]?.input.some(isOrder)).toBe(true);
});

test('after some seconds: a running answer is stopped', async () => {
  const silent = ({ options }: Asked) =>
    new Promise<ModelAnswer>((resolve) => {
      options.signal.addEventListener('abort', () => resolve({ status: 'aborted' }), { once: true });
    });
  const played = await play(intervention('after-seconds 0.02'), [silent, blue, says('done')]);
  expect(played.record.delivered).toBe('in-time');
  expect(heard(played).map(({ type }) => type)).toEqual(['message', 'message']);
});

const sleeping: FakeCommand = async ({ signal, argv }) => {
  if (argv.join(' ').includes('blue')) return exited(0);
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, 150);
    signal?.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
  return signal?.aborted === true ? { ending: { kind: 'aborted' } } : exited(0, 'slept');
};

test.each([
  ['interrupt', 'aborted'],
  ['redirect', 'slept'],
] as const)('after some seconds: an %s finds the running command %s', async (kind, output) => {
  const stepping = intervention('after-seconds 0.03', kind);
  const played = await play(stepping, [red, blue, says('done')], { command: sleeping });
  expect(heard(played)[2]).toMatchObject({
    type: 'function-result',
    output: expect.stringContaining(output),
  });
  expect(played.record).toMatchObject({ delivered: 'in-time', via: 'next-request' });
});

test('an order whose moment does not come follows when the agent says that it is done', async () => {
  const played = await play(intervention('after-tool-call 9'), [red, says('done'), blue, says('done again')]);
  expect(played.record).toMatchObject({ delivered: 'as-follow-up', via: 'next-request', staleActions: 0 });
  expect(played.record.marks.firstFollowingAction).toBeDefined();
  expect(played.result).toMatchObject({ ending: 'finished', message: 'done again' });
});

test('an order that comes while the last words are spoken is heard all the same', async () => {
  const played = await play(intervention('during-stream'), [
    streaming(says('done')),
    blue,
    says('done again'),
  ]);
  expect(played.record.delivered).toBe('in-time');
  expect(played.sandbox.commands).toEqual(['bash -c echo 1 > blue']);
});

test('an agent that reaches its limit before hears nothing, and the record says so', async () => {
  const { record, result } = await play(intervention('after-tool-call 9'), [red, red, red], { maxTurns: 2 });
  expect(result.ending).toBe('turn-limit');
  expect(record).toEqual({
    kind: 'redirect',
    at: 'after-tool-call 9',
    delivered: 'never',
    marks: {},
    staleActions: 0,
  });
});

test('marks stand where they happened, and what follows the old order afterwards is counted', async () => {
  const clock = new HeldClock(1_000_000);
  const after = (ms: number, answer: ModelAnswer & { status: 'completed' }, stamp: number) => () => {
    clock.advanceMs(ms);
    const now = clock.nowUs();
    const marks = { t0: now - 10, firstAction: now - 5, lastToken: now - 2 };
    const serverStamps = { received: 0, firstToken: stamp, lastToken: stamp + 1, completed: stamp + 2 };
    return { ...answer, record: requestRecord({ marks, serverStamps }) };
  };
  const both = calling(['shell', { command: 'echo 1 > red' }], ['shell', { command: 'echo 1 > blue' }]);
  const answers = [after(1, red, 100), after(2, red, 200), after(4, both, 300), after(8, says('done'), 400)];
  const { record } = await play(intervention('after-tool-call 1'), answers, { clock });
  expect(record.orderedUs).toBe(1_001_000);
  expect(record.marks).toEqual({
    lastOldToken: 1_000_998,
    firstNewToken: 1_002_995,
    firstFollowingAction: 1_007_000,
    lastStaleAction: 1_007_000,
  });
  expect(record.staleActions).toBe(2);
  // The blue one waited for the red one of its answer, so that the server cannot know its beginning.
  expect(record.serverStamps).toEqual({ lastOldToken: 101, firstNewToken: 200, lastStaleAction: 302 });
});
