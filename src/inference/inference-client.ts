import type { ProviderProfile } from '../domain/model.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { WireTap } from './cassettes/wire-tap.ts';
import type { InferenceClient, InferenceSession, SessionOptions } from './client.ts';
import { type Failure, failure } from './failures.ts';
import type { Budget } from './pace/budget.ts';
import type { Pace } from './pace/pace.ts';
import { providerAccess } from './provider-access.ts';
import { policyFor, type RetryPolicy } from './retrying.ts';
import { TransportSession } from './session.ts';
import { stallTimeoutOf } from './stall-timeout.ts';
import { createChatSse } from './transports/chat-sse.ts';
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
  /** Where the model's profile says nothing else. */
  readonly stallTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly pace?: Pace;
  readonly budget?: Budget;
  readonly tap?: WireTap;
}

export function createInferenceClient(options: InferenceClientOptions): InferenceClient {
  const sessions = new Set<InferenceSession>();
  return {
    openSession: (session) => {
      const opened = new TransportSession(session, {
        transport: keepingKey(transportOf(options, session), session.model.provider, options.env),
        clock: options.clock,
        random: options.random,
        retry: policyFor(session.model.provider, options.retry),
        pace: options.pace,
        budget: options.budget,
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

/** A provider may quote the key that it refuses. The simulator's is no secret, and a word that its errors use. */
function keepingKey(
  transport: Transport,
  { kind, apiKeyEnv }: ProviderProfile,
  env: InferenceClientOptions['env'],
): Transport {
  const key = kind === 'simulated' || apiKeyEnv === undefined ? undefined : env[apiKeyEnv];
  if (key === undefined || key === '') return transport;
  return {
    exchange: async (exchange) => {
      const { ending, facts } = await transport.exchange(exchange);
      if (ending.kind !== 'failed') return { ending, facts };
      const message = ending.failure.message.replaceAll(key, '***');
      return { ending: { ...ending, failure: { ...ending.failure, message } }, facts };
    },
    close: () => transport.close(),
  };
}

function transportOf(
  options: InferenceClientOptions,
  { model, trialId, metadata }: SessionOptions,
): Transport {
  const access = providerAccess(model, options.env);
  if ('kind' in access) return refusing(options, access);
  const { clock, connectTimeoutMs, tap } = options;
  const stallTimeoutMs = stallTimeoutOf(model, options);
  const rest = { model, trialId, metadata, clock, stallTimeoutMs, connectTimeoutMs };
  const transportOptions: TransportOptions = { ...rest, ...access, ...(tap === undefined ? {} : { tap }) };
  switch (model.transport) {
    case 'responses-websocket':
      return createResponsesWebSocket(transportOptions);
    case 'responses-sse':
      return createResponsesSse(transportOptions);
    case 'chat-sse':
      return createChatSse(transportOptions);
    case 'messages-sse':
      return refusing(options, failure('invalid-request', 'messages are a front door of the gateway only'));
    default:
      return model.transport satisfies never;
  }
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
