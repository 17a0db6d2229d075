import { expect, test } from 'vitest';
import type { Agent } from '../../agents/agent.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { ChosenArm } from './choose-arms.ts';
import { faultsOf } from './fault-flags.ts';

const agent: Agent = {
  name: 'none',
  version: '1',
  needsModel: true,
  readsSolution: false,
  run: () => Promise.reject(new Error('never run here')),
};

const armOf = (provider: ModelProfile['provider'] | undefined): ChosenArm => ({
  arm: { agent: 'none' },
  agent,
  model:
    provider === undefined
      ? undefined
      : {
          alias: 'spark',
          provider,
          model: 'm',
          transport: 'responses-sse',
          style: 'light',
          contextTokens: 1,
        },
});

const simulated = armOf({ name: 'simulated', kind: 'simulated' });
const real = armOf({ name: 'openai', kind: 'openai' });
const recorded = armOf({ name: 'simulated', kind: 'simulated', playedBy: 'cassette' });

test('faults are kept as they were written', () => {
  expect(faultsOf(['429@request=3', 'burst'], [simulated, armOf(undefined)])).toEqual([
    '429@request=3',
    'burst',
  ]);
  expect(faultsOf(undefined, [real])).toBeUndefined();
  expect(faultsOf([], [real])).toBeUndefined();
});

test.each([
  ['a provider', [simulated, real], '"spark" is answered by provider "openai"'],
  ['a recording', [recorded], '"spark" is answered by a recording'],
  ['nobody', [armOf(undefined)], 'no model takes part'],
])('they are refused where %s answers', (_who, arms, sentence) => {
  expect(() => faultsOf(['burst'], arms)).toThrow(sentence);
});

test('a spec that is none is refused before anything runs', () => {
  expect(() => faultsOf(['brust'], [simulated])).toThrow('did you mean "burst"?');
});
