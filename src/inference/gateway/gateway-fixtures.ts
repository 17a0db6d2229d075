/** A provider that does what a test says, and an agent's side of a gateway's trial. */
import { once } from 'node:events';
import http, { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import { systemClock } from '../../lib/clock.ts';
import type { GatewayTrial, GatewayTrialOptions } from './gateway.ts';
import { type GatewayOptions, startGateway } from './start-gateway.ts';

interface ReceivedRequest {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly received: readonly ReceivedRequest[];
}

export interface Script {
  readonly onRequest?: (received: ReceivedRequest, response: ServerResponse, number: number) => void;
  readonly onSocket?: (socket: WebSocket, upgrade: IncomingMessage) => void;
  /** An answer in place of the WebSocket; undefined: it opens. */
  readonly refuseUpgrade?: (number: number) => string | undefined;
}

export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { request, body: Buffer.concat(chunks) };
    received.push(one);
    script.onRequest?.(one, response, received.length);
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  let upgrades = 0;
  server.on('upgrade', (request, stream, head) => {
    upgrades += 1;
    const refusal = script.refuseUpgrade?.(upgrades);
    if (refusal !== undefined) stream.end(refusal);
    else sockets.handleUpgrade(request, stream, head, (socket) => script.onSocket?.(socket, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    received,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A provider that has a key and is not simulated. */
export function realModel(baseUrl: string, model = 'real', provider = 'acme'): ModelProfile {
  return {
    alias: model,
    provider: { name: provider, kind: 'openai', baseUrl, apiKeyEnv: 'ACME_KEY' },
    model,
    transport: 'responses-sse',
    style: 'light',
    contextTokens: 100_000,
  };
}

export const canary = 'sk-canary-5f1f7a90c2';

export interface OpenedTrial extends AsyncDisposable {
  readonly trial: GatewayTrial;
  readonly records: readonly RequestRecord[];
  readonly waits: readonly boolean[];
}

export async function openTestTrial(
  models: readonly ModelProfile[],
  options: Partial<GatewayOptions> & { readonly trial?: Partial<GatewayTrialOptions> } = {},
): Promise<OpenedTrial> {
  const gateway = await startGateway({
    clock: systemClock,
    env: { ACME_KEY: canary },
    retry: { maxAttempts: 3, baseMs: 5, maxMs: 20 },
    random: Math.random,
    stallTimeoutMs: 5000,
    connectTimeoutMs: 2000,
    ...options,
  });
  const records: RequestRecord[] = [];
  const waits: boolean[] = [];
  const trial = await gateway.openTrial({
    trialId: 'trial-1',
    models,
    onRecord: (record) => records.push(record),
    onWaiting: (waiting) => void waits.push(waiting),
    ...options.trial,
  });
  return { trial, records, waits, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

export interface AgentRequest {
  readonly path: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

export interface AgentAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Sends what an agent would; the body as JSON unless it is bytes already. */
export function sendAsAgent(trial: GatewayTrial, asked: AgentRequest): http.ClientRequest {
  const { body, token = trial.token } = asked;
  const request = http.request({
    socketPath: trial.socketPath,
    path: asked.path,
    method: asked.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...asked.headers },
  });
  request.end(Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body));
  return request;
}

export async function askAsAgent(trial: GatewayTrial, asked: AgentRequest): Promise<AgentAnswer> {
  const request = sendAsAgent(trial, asked);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

export function socketAsAgent(
  trial: GatewayTrial,
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/responses',
): WebSocket {
  return new WebSocket(`ws+unix:${trial.socketPath}:${path}`, {
    perMessageDeflate: false,
    headers: { authorization: `Bearer ${trial.token}`, ...headers },
  });
}

/** A loopback port in front of a Unix socket, as a sandbox sees it. */
export async function forwardPort(socketPath: string): Promise<AsyncDisposable & { readonly port: number }> {
  const open = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect(socketPath);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sse(events: readonly object[]): string {
  return events
    .map((event) => `event: ${(event as { type?: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}

/** The events of a short answer of the Responses API. */
export function answerEvents(id: string, text: string): readonly object[] {
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' };
  const part = { type: 'output_text', text, annotations: [] };
  const response = { id, object: 'response', model: 'real-2026', status: 'in_progress', output: [] };
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 40 },
    output_tokens: 10,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 110,
  };
  return [
    { type: 'response.created', sequence_number: 0, response },
    { type: 'response.output_text.delta', sequence_number: 1, output_index: 0, delta: text },
    {
      type: 'response.output_item.done',
      sequence_number: 2,
      output_index: 0,
      item: { ...item, content: [part] },
    },
    {
      type: 'response.completed',
      sequence_number: 3,
      response: { ...response, status: 'completed', output: [{ ...item, content: [part] }], usage },
    },
  ];
}
