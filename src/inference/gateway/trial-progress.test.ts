import { expect, test } from 'vitest';
import { noUsage } from '../../domain/model.ts';
import { failure } from '../failures.ts';
import {
  answerEvents,
  askAsAgent,
  openTestTrial,
  realModel,
  sse,
  startScriptedServer,
} from './gateway-fixtures.ts';
import { TrialProgress } from './trial-progress.ts';

test.each(['turn-limit', 'token-limit'] as const)('a %s ends with its step', (kind) => {
  const progress = new TrialProgress(3);
  progress.close({ kind });
  const { closed } = progress;
  progress.begin({ metadata: {} });
  expect([closed.aborted, progress.closed.aborted, progress.failure]).toEqual([true, false, undefined]);
});

test('the next step of a trial that had used its turns is answered', async () => {
  await using server = await startScriptedServer({
    onRequest: (_received, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(answerEvents('r', 'x'))),
  });
  await using opened = await openTestTrial([realModel(server.baseUrl)]);
  const ask = { path: '/v1/responses', body: { model: 'real', stream: true, input: [] } };
  for (const _step of ['one', 'two']) {
    opened.trial.begin({ metadata: {}, maxTurns: 1 });
    expect(opened.trial.closed.aborted).toBe(false);
    expect((await askAsAgent(opened.trial, ask)).status).toBe(200);
    expect((await askAsAgent(opened.trial, ask)).status).toBe(400);
    expect([opened.trial.closed.aborted, opened.trial.failure]).toEqual([true, { kind: 'turn-limit' }]);
  }
});

test.each([
  { kind: 'budget' as const },
  { kind: 'provider' as const, error: { ...failure('server', 'x'), provider: 'p', model: 'm' } },
])('$kind does not', (reason) => {
  const progress = new TrialProgress(3);
  progress.close(reason);
  progress.begin({ metadata: {} });
  expect([progress.closed.aborted, progress.failure]).toEqual([true, reason]);
});

test('the tokens of a prewarm are tokens', () => {
  const progress = new TrialProgress(3);
  progress.begin({ metadata: {}, maxTokens: 100 });
  progress.count('prewarm', undefined, { ...noUsage, input: 100 });
  progress.checkLimits('turn');
  expect(progress.failure).toEqual({ kind: 'token-limit' });
});

test('a turn that failed at the end of a step is not gone on with in the next', () => {
  const progress = new TrialProgress(3);
  progress.begin({ metadata: {} });
  progress.number('turn');
  progress.endTurn(2);
  progress.begin({ metadata: {} });
  expect(progress.number('turn')).toEqual({ turn: 2, earlier: 0 });
});
