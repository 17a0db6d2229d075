import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { doorNear, routeOf } from './doors.ts';
import type { ForwardProxy } from './forward-proxy.ts';
import { relayHttp } from './http-relay.ts';
import { rawError, refuseUpgrade, sendError } from './refusing.ts';
import { readBody } from './request-facts.ts';
import { pathOf } from './request-target.ts';
import type { TrialContext } from './trial-context.ts';
import { relayUpgrade } from './upgrade.ts';

export interface TrialServerOptions {
  readonly context: TrialContext;
  readonly token: string;
  readonly proxy: ForwardProxy;
}

const longestBody = 64 * 1024 * 1024;

/** The front doors of one trial, and its way out. */
export function createTrialServer(options: TrialServerOptions): Server {
  const { proxy } = options;
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, maxHeaderSize: 64 * 1024 });
  server.on('request', (request, response) => {
    if (isAbsolute(request)) proxy.handleRequest(request, response);
    else void guard(options, response, () => serve(options, request, response));
  });
  server.on('upgrade', (request, stream, head) => {
    void guard(options, stream, () => upgrade(options, request, stream, head));
  });
  server.on('connect', (request, stream, head) => proxy.handleConnect(request, stream, head));
  return server;
}

/** What is thrown here is a mistake of ours: the trial ends with it, and the agent's connection. */
async function guard(
  { context }: TrialServerOptions,
  side: Duplex | ServerResponse,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    side.destroy();
    const [model] = context.models;
    if (model !== undefined) context.desk.breakOff(model, error);
  }
}

async function serve(
  options: TrialServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pathname = pathOf(request);
  const door = doorNear(pathname);
  if (!isAllowed(request, options.token)) {
    return sendError(response, door, wrongToken);
  }
  if (request.method === 'GET' && pathname === '/v1/models') return listModels(options.context, response);
  const route = request.method === 'POST' ? routeOf(pathname) : undefined;
  if (route === undefined) {
    const message = `the gateway does not serve ${request.method} ${pathname}`;
    return sendError(response, door, { status: 404, code: 'not_found', message });
  }
  const bytes = await readBytes(request);
  if (bytes === 'gone') return;
  if (bytes === 'too-long') {
    const message = `a request of more than ${longestBody} bytes`;
    return sendError(response, route.door, { status: 413, code: 'request_too_large', message });
  }
  const body = await readBody(bytes, request.headers['content-encoding']);
  if (body === undefined) {
    const message = 'the body is no JSON object';
    return sendError(response, route.door, { status: 400, code: 'invalid_request', message });
  }
  await relayHttp(options.context, { route, request, response, bytes, body });
}

async function upgrade(
  { context, token }: TrialServerOptions,
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
): Promise<void> {
  stream.on('error', () => stream.destroy());
  const pathname = pathOf(request);
  const door = doorNear(pathname);
  if (!isAllowed(request, token)) return refuseUpgrade(stream, rawError(door, wrongToken));
  if (pathname !== '/v1/responses' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    const message = `there is no WebSocket at ${pathname}`;
    return refuseUpgrade(stream, rawError(door, { status: 404, code: 'not_found', message }));
  }
  await relayUpgrade(context, { request, stream, head });
}

const wrongToken = {
  status: 401,
  code: 'invalid_api_key',
  message: 'the key is not the token of this trial',
} as const;

/** A target that is a whole URL is meant for the forward proxy. */
function isAbsolute({ url }: IncomingMessage): boolean {
  return url !== undefined && !url.startsWith('/') && url !== '*';
}

function isAllowed({ headers }: IncomingMessage, token: string): boolean {
  const bearer = /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1];
  return [bearer, headers['x-api-key']].some((given) => typeof given === 'string' && isSame(given, token));
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** In the shape of both APIs. */
function listModels({ models }: TrialContext, response: ServerResponse): void {
  const data = models.map(({ profile: { model, provider } }) => ({
    id: model,
    object: 'model',
    type: 'model',
    display_name: model,
    created: 0,
    owned_by: provider.name,
  }));
  const body = JSON.stringify({ object: 'list', data, has_more: false });
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

/** By events: an iterator costs a tenth of a millisecond before the request can go on. */
function readBytes(request: IncomingMessage): Promise<Buffer | 'gone' | 'too-long'> {
  const { promise, resolve } = Promise.withResolvers<Buffer | 'gone' | 'too-long'>();
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= longestBody) chunks.push(chunk); // the rest is read away, so that the answer arrives
  });
  request.on('end', () => resolve(size > longestBody ? 'too-long' : Buffer.concat(chunks)));
  request.on('error', () => resolve('gone')); // before it had said everything
  request.on('close', () => resolve('gone'));
  return promise;
}
