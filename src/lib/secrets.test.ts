import { expect, test } from 'vitest';
import { takeEnvironment, withoutSecrets } from './secrets.ts';

const secrets = {
  OPENAI_API_KEY: 'a',
  MY_KEY: 'b',
  PROVIDER_TOKEN: 'c',
  aws_secret: 'd',
  DB_PASSWORD: 'e',
  GOOGLE_APPLICATION_CREDENTIALS: 'f',
};
const ordinary = { PATH: '/bin', KEYBOARD: 'us', NPM_TOKEN: 'x', MONKEY: 'y', TOKENS: '3' };

test('a child is given everything but secrets', () => {
  expect(withoutSecrets({ ...secrets, ...ordinary })).toEqual(ordinary);
});

test('what was taken keeps the secrets, what is left has none', () => {
  const env: Record<string, string | undefined> = { ...secrets, ...ordinary };
  expect(takeEnvironment(env)).toEqual({ ...secrets, ...ordinary });
  expect(env).toEqual(ordinary);
});
