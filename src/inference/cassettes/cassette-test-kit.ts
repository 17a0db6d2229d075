/** A small agent with tools that answer as told, for tests that record and replay it. */
import type { ModelProfile, TransportName } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ConversationItem, InferenceClient, ModelAnswer, ModelRequest } from '../client.ts';
import { createInferenceClient } from '../inference-client.ts';
import { modelOf } from '../simulator/fixtures.ts';
import type { CassetteManifest } from './cassette-schema.ts';
import type { Player } from './player.ts';
import type { WireTap } from './wire-tap.ts';

export const manifest: CassetteManifest = {
  schemaVersion: 1,
  runId: 'run-1',
  recordedAt: '2026-02-12T10:00:00.000Z',
  evalrun: { version: '0.0.0' },
  models: [],
};

export const tools = ['shell', 'apply_patch'].map((name) => ({
  name,
  description: name,
  parameters: { type: 'object' },
}));

const firstRequest: ModelRequest = {
  instructions: 'You are an agent.',
  input: [{ type: 'message', role: 'user', text: 'Fix it.' }],
  tools,
};

export interface Conversation {
  readonly answers: readonly ModelAnswer[];
  readonly records: readonly RequestRecord[];
}

export interface ConverseOptions {
  readonly trialId?: string;
  /** What a tool says in the given turn. */
  readonly output?: (turn: number) => string;
  readonly change?: (request: ModelRequest, turn: number) => ModelRequest;
  readonly turns?: number;
}

/** A whole conversation of an agent whose tools answer as told. */
export async function converse(
  client: InferenceClient,
  model: ModelProfile,
  options: ConverseOptions = {},
): Promise<Conversation> {
  const { trialId = 'trial-1', output = () => 'exit code 0', change = (request) => request } = options;
  const records: RequestRecord[] = [];
  await using session = client.openSession({
    model,
    trialId,
    metadata: { task: 'small', attempt: '1', model: 'fast', trial: trialId, step: 'main' },
    onRecord: (record) => void records.push(record),
  });
  const answers: ModelAnswer[] = [];
  let request = firstRequest;
  for (let turn = 1; turn <= (options.turns ?? 20); turn += 1) {
    request = change(request, turn);
    const answer = await session.respond(request, { signal: new AbortController().signal });
    answers.push(answer);
    if (answer.status !== 'completed') break;
    const calls = answer.items.filter((item) => item.type === 'function-call');
    if (calls.length === 0) break;
    const results = calls.map(
      ({ callId }): ConversationItem => ({ type: 'function-result', callId, output: output(turn) }),
    );
    request = { ...request, input: [...request.input, ...answer.items, ...results] };
  }
  return { answers, records };
}

export function clientWith(tap?: WireTap, stallTimeoutMs = 5_000): InferenceClient {
  return createInferenceClient({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 3, baseMs: 5, maxMs: 20 },
    random: Math.random,
    stallTimeoutMs,
    connectTimeoutMs: 2_000,
    ...(tap === undefined ? {} : { tap }),
  });
}

export function replayed(player: Player, transport: TransportName): ModelProfile {
  const model = modelOf(player.baseUrl, transport);
  return { ...model, provider: { ...model.provider, playedBy: 'cassette' } };
}
