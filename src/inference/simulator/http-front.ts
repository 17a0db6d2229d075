/** The doors over HTTP: POST /v1/responses, /v1/chat/completions, /v1/messages, and GET /v1/models. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../domain/errors.ts';
import { stampsHeader } from '../transports/headers.ts';
import type { AnswerPlan } from './answer-plan.ts';
import { renderChat } from './chat-frames.ts';
import { readChatRequest } from './chat-request.ts';
import { type CreateRequest, readCreateRequest } from './create-request.ts';
import type { FrontName } from './faults.ts';
import type { Rendering } from './frames.ts';
import { sendStream, sendWhole } from './http-answer.ts';
import { renderMessage } from './messages-frames.ts';
import { readMessagesRequest } from './messages-request.ts';
import { inputTokens } from './plan-answer.ts';
import { previousNotFound, type Refusal, refusal } from './refusals.ts';
import { type RequestContext, readContext } from './request-metadata.ts';
import type { Responder } from './responder.ts';
import { renderResponse } from './response-frames.ts';

export async function handleHttp(
  responder: Responder,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const receivedUs = responder.clock.nowUs();
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (request.method === 'GET' && path === '/v1/models') return sendModels(responder, response);
  const refuse = path.startsWith('/v1/messages') ? refuseMessage : refuseResponse;
  const context = readContext(request.headers);
  if (typeof context === 'string') return refuse(response, invalid(context));
  const body = request.method === 'POST' ? await readJson(request) : undefined;
  if (request.method === 'POST' && path === '/v1/messages/count_tokens') {
    const counted = countTokens(body, context);
    return 'status' in counted ? refuse(response, counted) : sendJson(response, 200, counted);
  }
  const asked = request.method === 'POST' ? doors[path]?.(body, context) : undefined;
  if (asked === undefined) {
    return refuse(response, refusal(404, 'not_found', `no such endpoint: ${request.method} ${path}`));
  }
  if ('status' in asked) return refuse(response, asked);
  const sendsStamps = request.headers[stampsHeader] !== undefined;
  await answer(responder, asked, response, { receivedUs, sendsStamps, refuse });
}

/** A request that can be answered, and how its API tells an answer. */
interface Asked {
  readonly front: FrontName;
  readonly request: CreateRequest;
  readonly render: (plan: AnswerPlan, createdAtSec: number) => Rendering;
}

type Door = (body: unknown, context: RequestContext) => Asked | Refusal;

const doors: Readonly<Record<string, Door>> = {
  '/v1/responses': (body, context) => {
    const request = readCreateRequest(body, context);
    if (typeof request === 'string') return invalid(request);
    // Nothing is stored here; only a WebSocket remembers, and only its own last answer.
    if (request.previousResponseId !== undefined) return previousNotFound(request.previousResponseId);
    return { front: 'sse', request, render: renderResponse };
  },
  '/v1/chat/completions': (body, context) => {
    const read = readChatRequest(body, context);
    if (typeof read === 'string') return invalid(read);
    const render: Asked['render'] = (plan, atSec) => renderChat(plan, atSec, read.includeUsage);
    return { front: 'chat', request: read.request, render };
  },
  '/v1/messages': (body, context) => {
    const read = readMessagesRequest(body, context);
    if (typeof read === 'string') return invalid(read);
    return {
      front: 'messages',
      request: read.request,
      render: (plan) => renderMessage(plan, read.showsThinking),
    };
  },
};

type Refuse = (response: ServerResponse, refused: Refusal) => void;

async function answer(
  responder: Responder,
  { front, request, render }: Asked,
  response: ServerResponse,
  options: { readonly receivedUs: number; readonly sendsStamps: boolean; readonly refuse: Refuse },
): Promise<void> {
  const { refuse, ...stamping } = options;
  const result = await responder.respond(request, front, []);
  if (result.kind === 'refused') return refuse(response, result.refusal);
  if (result.kind !== 'answer') {
    response.destroy();
    return;
  }
  const { plan, fault } = result;
  const { clock } = responder;
  const rendering = render(plan, Math.floor(clock.wallMs() / 1000));
  const send = request.stream ? sendStream : sendWhole;
  const stopped = responder.stopped.of(plan);
  await send({ rendering, timing: plan.timing, fault, clock, stopped, ...stamping, response });
}

function countTokens(body: unknown, context: RequestContext): { readonly input_tokens: number } | Refusal {
  const read = readMessagesRequest(body, context);
  if (typeof read === 'string') return invalid(read);
  return { input_tokens: inputTokens(read.request, []).input };
}

function sendModels(responder: Responder, response: ServerResponse): void {
  const data = responder.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'evalrun' }));
  sendJson(response, 200, { object: 'list', data });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set: these are buffers
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    return messageOf(error); // no object either: refused as one
  }
}

function invalid(message: string): Refusal {
  return refusal(400, 'invalid_request', message);
}

function refuseResponse(response: ServerResponse, refused: Refusal): void {
  sendRefusal(response, refused, { error: refused.error });
}

function refuseMessage(response: ServerResponse, refused: Refusal): void {
  const { message } = refused.error;
  sendRefusal(response, refused, { type: 'error', error: { type: anthropicType(refused.status), message } });
}

const anthropicTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

function anthropicType(status: number): string {
  return anthropicTypes[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

function sendRefusal(response: ServerResponse, { status, retryAfterSec }: Refusal, value: object): void {
  if (retryAfterSec !== undefined) response.setHeader('retry-after', String(retryAfterSec));
  sendJson(response, status, value);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
