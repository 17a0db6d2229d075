import type { ModelProfile, ProviderProfile } from '../domain/model.ts';
import { type Failure, failure } from './failures.ts';

/** Where a model is asked and with which key; looked up on the host, for the client and the gateway alike. */
export interface ProviderAccess {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Undefined: the provider asks for none. */
  readonly apiKey: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const openaiBaseUrl = 'https://api.openai.com/v1';

/** A profile that cannot be used is a failure like any other, never an exception. */
export function providerAccess({ provider }: ModelProfile, env: Environment): ProviderAccess | Failure {
  const baseUrl = provider.baseUrl ?? (provider.kind === 'openai' ? openaiBaseUrl : undefined);
  if (baseUrl === undefined) return failure('invalid-request', `provider ${provider.name} has no baseUrl`);
  if (!URL.canParse(baseUrl)) {
    return failure('invalid-request', `provider ${provider.name}: "${baseUrl}" is no URL`);
  }
  const apiKey = keyOf(provider, env);
  return typeof apiKey === 'object' ? apiKey : { baseUrl: baseUrl.replace(/\/+$/, ''), apiKey };
}

function keyOf(provider: ProviderProfile, env: Environment): string | undefined | Failure {
  if (provider.kind === 'simulated') return 'simulated';
  if (provider.apiKeyEnv === undefined) return undefined;
  const key = env[provider.apiKeyEnv];
  const missing = `set ${provider.apiKeyEnv}: the key of provider ${provider.name} is not in the environment`;
  return key === undefined || key === '' ? failure('authentication', missing) : key;
}
