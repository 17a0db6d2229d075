import { timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { AgentConnection, type AgentRequest } from '../http1/agent-connection.ts';
import type { Reply } from '../http1/reply.ts';
import { doorNear, routeOf } from './doors.ts';
import type { ForwardProxy } from './forward-proxy.ts';
import { relayHttp } from './http-relay.ts';
import { rawError, refuseUpgrade, sendError, sendJson } from './refusing.ts';
import { readBody } from './request-facts.ts';
import { pathOf } from './request-target.ts';
import type { TrialContext } from './trial-context.ts';
import { relayUpgrade } from './upgrade.ts';

export interface TrialServerOptions {
  readonly context: TrialContext;
  /** In Latin-1, as headers are read. */
  readonly token: Buffer;
  readonly proxy: ForwardProxy;
}

const longestBody = 64 * 1024 * 1024;

/** The front doors of one trial, and its way out. */
export function createTrialServer(options: TrialServerOptions): net.Server {
  const others = createServerOfOthers(options);
  return net.createServer({ allowHalfOpen: true }, (socket) => {
    new AgentConnection({
      socket,
      longestBody,
      onRequest: (request, bytes, reply) => {
        void guard(options, reply, () => serve(options, { request, bytes, reply }));
      },
      onOther: (taken, bytes) => {
        taken.unshift(bytes);
        others.emit('connection', taken);
        taken.resume();
      },
    });
  });
}

/** What is not asked at a door, once for a connection: upgrades, tunnels, requests to other hosts. */
function createServerOfOthers(options: TrialServerOptions): http.Server {
  const { proxy } = options;
  const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0, maxHeaderSize: 64 * 1024 });
  server.on('request', (request, response) => {
    response.shouldKeepAlive = false; // what is asked next may be meant for a door
    proxy.handleRequest(request, response);
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
  side: Duplex | Reply,
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

interface Asked {
  readonly request: AgentRequest;
  readonly bytes: Buffer | 'too-long';
  readonly reply: Reply;
}

async function serve(options: TrialServerOptions, { request, bytes, reply }: Asked): Promise<void> {
  const pathname = pathOf(request);
  const door = doorNear(pathname);
  if (!isAllowed(request, options.token)) return sendError(reply, door, wrongToken);
  if (request.method === 'GET' && pathname === '/v1/models') return listModels(options.context, reply);
  const route = request.method === 'POST' ? routeOf(pathname) : undefined;
  if (route === undefined) {
    const message = `the gateway does not serve ${request.method} ${pathname}`;
    return sendError(reply, door, { status: 404, code: 'not_found', message });
  }
  if (bytes === 'too-long') {
    const message = `a request of more than ${longestBody} bytes`;
    return sendError(reply, route.door, { status: 413, code: 'request_too_large', message });
  }
  const read = readBody(bytes, request.headers['content-encoding']);
  const body = read instanceof Promise ? await read : read; // mostly it is there
  if (body === undefined) {
    const message = 'the body is no JSON object';
    return sendError(reply, route.door, { status: 400, code: 'invalid_request', message });
  }
  await relayHttp(options.context, { route, request, reply, bytes, body });
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

function isAllowed({ headers }: Pick<IncomingMessage, 'headers'>, token: Buffer): boolean {
  const { authorization = '', 'x-api-key': key } = headers;
  const isBearer = authorization.slice(0, scheme.length).toLowerCase() === scheme;
  if (isBearer && isSame(authorization.slice(scheme.length), token)) return true;
  return typeof key === 'string' && isSame(key, token);
}

const scheme = 'bearer ';

function isSame(given: string, token: Buffer): boolean {
  return given.length === token.length && timingSafeEqual(Buffer.from(given, 'latin1'), token);
}

/** In the shape of both APIs. */
function listModels({ models }: TrialContext, reply: Reply): void {
  const data = models.map(({ profile: { model, provider } }) => ({
    id: model,
    object: 'model',
    type: 'model',
    display_name: model,
    created: 0,
    owned_by: provider.name,
  }));
  sendJson(reply, 200, { object: 'list', data, has_more: false });
}
