import type { ModelProfile } from '../domain/model.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { WireTap } from './cassettes/wire-tap.ts';
import type { InferenceClient, InferenceSession, SessionOptions } from './client.ts';
import { type Failure, failure } from './failures.ts';
import type { Budget } from './pace/budget.ts';
import type { Pace } from './pace/pace.ts';
import type { RetryPolicy } from './retrying.ts';
import { TransportSession } from './session.ts';
import { createResponsesSse } from './transports/responses-sse.ts';
import { createResponsesWebSocket } from './transports/responses-websocket.ts';
import type { Transport, TransportOptions } from './transports/transport.ts';

export interface InferenceClientOptions {
  readonly clock: Clock;
  /** Where keys are found, by the name that the provider's profile gives. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly retry: RetryPolicy;
  /** Spreads the waits between retries. */
  readonly random: Random;
  readonly stallTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly pace?: Pace;
  readonly budget?: Budget;
  readonly tap?: WireTap;
}

const openaiBaseUrl = 'https://api.openai.com/v1';

export function createInferenceClient(options: InferenceClientOptions): InferenceClient {
  const sessions = new Set<InferenceSession>();
  return {
    openSession: (session) => {
      const opened = new TransportSession(session, {
        transport: transportOf(options, session),
        clock: options.clock,
        random: options.random,
        retry: options.retry,
      });
      const ownSession: InferenceSession = {
        respond: (request, respondOptions) => opened.respond(request, respondOptions),
        [Symbol.asyncDispose]: async () => {
          sessions.delete(ownSession);
          await opened[Symbol.asyncDispose]();
        },
      };
      sessions.add(ownSession);
      return ownSession;
    },
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) await session[Symbol.asyncDispose]();
    },
  };
}

function transportOf(
  options: InferenceClientOptions,
  { model, trialId, metadata }: SessionOptions,
): Transport {
  const baseUrl = model.provider.baseUrl ?? (model.provider.kind === 'openai' ? openaiBaseUrl : undefined);
  if (baseUrl === undefined) {
    return refusing(options, failure('invalid-request', `provider ${model.provider.name} has no baseUrl`));
  }
  if (!URL.canParse(baseUrl)) {
    return refusing(
      options,
      failure('invalid-request', `provider ${model.provider.name}: "${baseUrl}" is no URL`),
    );
  }
  const key = keyOf(model, options.env);
  if (typeof key === 'object') return refusing(options, key);
  const { clock, stallTimeoutMs, connectTimeoutMs } = options;
  const rest = { model, trialId, metadata, clock, stallTimeoutMs, connectTimeoutMs };
  const transportOptions: TransportOptions = { ...rest, baseUrl: baseUrl.replace(/\/+$/, ''), apiKey: key };
  switch (model.transport) {
    case 'responses-websocket':
      return createResponsesWebSocket(transportOptions);
    case 'responses-sse':
      return createResponsesSse(transportOptions);
    case 'chat-sse':
      return refusing(options, failure('invalid-request', 'chat completions are not available yet'));
    case 'messages-sse':
      return refusing(options, failure('invalid-request', 'messages are a front door of the gateway only'));
    default:
      return model.transport satisfies never;
  }
}

function keyOf({ provider }: ModelProfile, env: InferenceClientOptions['env']): string | undefined | Failure {
  if (provider.kind === 'simulated') return 'simulated';
  if (provider.apiKeyEnv === undefined) return undefined;
  const key = env[provider.apiKeyEnv];
  const missing = `set ${provider.apiKeyEnv}: the key of provider ${provider.name} is not in the environment`;
  return key === undefined || key === '' ? failure('authentication', missing) : key;
}

/** What cannot be sent fails as a value, like everything else here. */
function refusing({ clock }: InferenceClientOptions, reason: Failure): Transport {
  return {
    exchange: async () => ({
      ending: { kind: 'failed', failure: reason },
      facts: { connectionReused: false, chained: false, requestBytes: 0, t0: clock.nowUs() },
    }),
    close: () => {},
  };
}
