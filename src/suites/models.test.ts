import { expect, test } from 'vitest';
import type { ModelProfile } from '../domain/model.ts';
import { type ModelChoice, mergeModels, resolveModel } from './models.ts';
import type { ModelsFile } from './suite-schema.ts';

const figure = { value: 1, source: 'assumed' };
const file: ModelsFile = {
  providers: {
    openai: { kind: 'openai', baseUrl: 'https://example.org/v1', apiKeyEnv: 'OPENAI_API_KEY' },
    local: { kind: 'openai', baseUrl: 'http://127.0.0.1:1/v1' },
    simulated: { kind: 'simulated' },
  },
  models: {
    spark: {
      provider: 'openai',
      model: 'gpt-spark',
      transport: 'websocket',
      style: 'light',
      contextTokens: 128_000,
      effort: 'low',
      simulation: {
        tokensPerSecond: figure,
        ttftMedianMs: figure,
        ttftSigma: figure,
        roundTripOverheadMs: figure,
        successRate: { default: figure },
      },
    },
    bare: { provider: 'openai', model: 'bare', transport: 'sse', style: 'thorough', contextTokens: 1000 },
  },
};

const resolve = (choice: Partial<ModelChoice>, env: Readonly<Record<string, string>> = {}): ModelProfile =>
  resolveModel(
    { alias: 'spark', provider: undefined, transport: undefined, effort: undefined, ...choice },
    file,
    env,
  );
const key = { OPENAI_API_KEY: 'k' };

test('reaches the model’s own provider when its key is there', () => {
  expect(resolve({}, key)).toMatchObject({
    provider: { name: 'openai', kind: 'openai', apiKeyEnv: 'OPENAI_API_KEY' },
    model: 'gpt-spark',
    transport: 'responses-websocket',
    effort: 'low',
  });
});

test('is simulated without the key and without --provider; an empty key is none', () => {
  expect(resolve({}).provider).toEqual({ name: 'simulated', kind: 'simulated' });
  expect(resolve({}, { OPENAI_API_KEY: '' }).provider.kind).toBe('simulated');
});

test('is an error without the key when the provider was asked for', () => {
  expect(() => resolve({ provider: 'openai' })).toThrow(
    /provider "openai" needs a key in the environment variable OPENAI_API_KEY/,
  );
});

test('is simulated on request although there is a key', () => {
  expect(resolve({ provider: 'simulated' }, key).provider.kind).toBe('simulated');
});

test('needs no key where the provider has none', () => {
  expect(resolve({ provider: 'local' }).provider).toMatchObject({ name: 'local', kind: 'openai' });
});

test('lets flags win over the file', () => {
  expect(resolve({ transport: 'sse', effort: 'high' }, key)).toMatchObject({
    transport: 'responses-sse',
    effort: 'high',
  });
});

test('cannot simulate a model without figures', () => {
  expect(() => resolve({ alias: 'bare' })).toThrow('no simulation figures');
  expect(resolve({ alias: 'bare' }, key)).not.toHaveProperty('simulation');
});

test.each([
  [{ alias: 'sparc' }, 'model "sparc" is not known (did you mean "spark"?); there are spark, bare'],
  [{ alias: 'constructor' }, 'model "constructor" is not known; there are spark, bare'],
  [{ provider: 'opnai' }, 'provider "opnai" is not known (did you mean "openai"?)'],
])('suggests a name for %j', (choice, message) => {
  expect(() => resolve(choice, key)).toThrow(message);
});

test('lets a user’s own tables win', () => {
  const own = { models: { spark: { ...file.models['bare'], model: 'mine' } } } as unknown as ModelsFile;
  const merged = mergeModels(file, own);
  expect(merged.models['spark']?.model).toBe('mine');
  expect(merged.models['bare']?.model).toBe('bare');
  expect(Object.keys(merged.providers)).toEqual(['openai', 'local', 'simulated']);
});

test('a provider of one’s own is reached at its address, without a key, within its limits', () => {
  const own: ModelsFile = {
    providers: {
      local: {
        kind: 'openai',
        baseUrl: 'http://127.0.0.1:8000/v1',
        limits: { requestsPerMinute: 30, maxConcurrency: 2 },
      },
    },
    models: {
      mine: { provider: 'local', model: 'm', transport: 'chat', style: 'light', contextTokens: 1000 },
    },
  };
  const choice = { alias: 'mine', provider: undefined, transport: undefined, effort: undefined };
  expect(resolveModel(choice, own, {})).toMatchObject({
    transport: 'chat-sse',
    provider: {
      name: 'local',
      kind: 'openai',
      baseUrl: 'http://127.0.0.1:8000/v1',
      limits: { requestsPerMinute: 30, maxConcurrency: 2 },
    },
  });
});

test('carries how long a model may be silent and how its provider is tried again', () => {
  const retry = { maxAttempts: 2, firstWaitSec: 0.5 };
  const { local, ...providers } = file.providers;
  const patient: ModelsFile = {
    providers: { ...providers, local: { kind: 'openai', ...local, retry } },
    models: {
      slow: {
        provider: 'local',
        model: 'm',
        transport: 'sse',
        style: 'light',
        contextTokens: 1,
        stallTimeoutSec: 9,
      },
    },
  };
  const choice = { alias: 'slow', provider: undefined, transport: undefined, effort: undefined };
  expect(resolveModel(choice, patient, {})).toMatchObject({ stallTimeoutSec: 9, provider: { retry } });
});
