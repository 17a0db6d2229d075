import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { modelProfile } from '../../testing/tasks.ts';
import { CodexAgent } from './codex-agent.ts';
import { codexConfig } from './codex-config.ts';
import { catalogueFor, templateOf } from './model-catalogue.ts';

const configFor = (overrides: Parameters<typeof modelProfile>[0]) =>
  parse(
    codexConfig({
      model: modelProfile(overrides),
      baseUrl: 'http://127.0.0.1:41080/v1',
      cataloguePath: '/home/models.json',
    }),
  );

test('the transport and the effort are the profile’s', () => {
  expect(configFor({ effort: 'high' })).toMatchObject({
    model: 'gpt-spark',
    model_reasoning_effort: 'high',
    model_catalog_json: '/home/models.json',
    model_providers: {
      evalrun: { base_url: 'http://127.0.0.1:41080/v1', supports_websockets: true, request_max_retries: 0 },
    },
  });
  const overSse = configFor({ transport: 'responses-sse' });
  expect(overSse).toMatchObject({ model_providers: { evalrun: { supports_websockets: false } } });
  expect(overSse).not.toHaveProperty('model_reasoning_effort');
});

test('nothing looks outside or tries for ever', () => {
  expect(configFor({})).toMatchObject({
    check_for_update_on_startup: false,
    web_search: 'disabled',
    analytics: { enabled: false },
    features: { plugins: false, unbounded_connection_retries: false },
    shell_environment_policy: { exclude: ['EVALRUN_*'] },
  });
});

test('two models get the same entry but for name and window', () => {
  const template = templateOf(
    JSON.stringify({
      models: [{ slug: 'gpt-5.5', tools: ['a'], upgrade: { model: 'gpt-6' }, context_window: 1 }],
    }),
  );
  const entryOf = (model: string, contextTokens: number): unknown =>
    JSON.parse(catalogueFor(template, modelProfile({ model, contextTokens }))).models[0];
  const [fast, deep] = [entryOf('fast', 1000), entryOf('deep', 2000)];
  expect(fast).toMatchObject({ slug: 'fast', context_window: 1000, upgrade: null, tools: ['a'] });
  expect(deep).toMatchObject({ slug: 'deep', max_context_window: 2000, upgrade: null, tools: ['a'] });
});

test.each([['nothing'], ['{"models":[{"slug":"gpt-9"}]}']])(
  'a catalogue of another kind is told: %s',
  (text) => {
    expect(() => templateOf(text)).toThrow('has no entry gpt-5.5');
  },
);

test('a model without the Responses API is refused before anything is started', () => {
  const agent = new CodexAgent();
  expect(agent.refuses(modelProfile({ transport: 'chat-sse' }))).toContain('Responses API only');
  expect(agent.refuses(modelProfile({ transport: 'responses-sse' }))).toBeUndefined();
});
