import type { TransportName } from '../../domain/model.ts';
import { ChatReader } from '../transports/chat-reader.ts';
import { asObject, asObjects, type JsonObject, parseObject } from '../transports/json.ts';
import { ResponseReader } from '../transports/response-reader.ts';
import type { ReaderOptions, StreamReader } from '../transports/stream-reader.ts';
import { MessagesReader } from './messages-reader.ts';

/** One API as agents speak it to the gateway and the gateway speaks it to the provider. */
export interface Door {
  readonly name: 'responses' | 'chat' | 'messages';
  /** As records name it where it is spoken over HTTP. */
  readonly transport: TransportName;
  createReader(options: ReaderOptions): StreamReader;
  /** Gives a reader an answer that came as one JSON object. */
  readWhole(reader: StreamReader, answer: JsonObject, atUs: number): void;
  /** An error in the words of this API. */
  errorBody(code: string, message: string): JsonObject;
  /** Name and value. */
  keyHeader(apiKey: string): readonly [string, string];
}

const bearer = (apiKey: string) => ['authorization', `Bearer ${apiKey}`] as const;

const openaiError = (code: string, message: string) => ({
  error: { type: 'invalid_request_error', code, message, param: null },
});

export const responsesDoor: Door = {
  name: 'responses',
  transport: 'responses-sse',
  createReader: (options) => new ResponseReader(options),
  readWhole: (reader, answer, atUs) => {
    const status = answer['status'] ?? (asObject(answer['error']) === undefined ? 'completed' : 'failed');
    const type = status === 'incomplete' || status === 'failed' ? `response.${status}` : 'response.completed';
    reader.read(JSON.stringify({ type, response: answer }), atUs);
  },
  errorBody: openaiError,
  keyHeader: bearer,
};

const chatDoor: Door = {
  name: 'chat',
  transport: 'chat-sse',
  createReader: (options) => new ChatReader(options),
  readWhole: (reader, answer, atUs) => {
    reader.read(JSON.stringify(answer), atUs);
    reader.close(atUs);
  },
  errorBody: openaiError,
  keyHeader: bearer,
};

const anthropicTypes: Readonly<Record<string, string>> = {
  invalid_api_key: 'authentication_error',
  model_not_found: 'not_found_error',
  not_found: 'not_found_error',
  request_too_large: 'request_too_large',
  upstream_unreachable: 'api_error',
};

const messagesDoor: Door = {
  name: 'messages',
  transport: 'messages-sse',
  createReader: (options) => new MessagesReader(options),
  readWhole: (reader, answer, atUs) => {
    if (answer['type'] === 'error') {
      reader.read(JSON.stringify(answer), atUs);
      return;
    }
    const { content: _, ...message } = answer;
    reader.read(JSON.stringify({ type: 'message_start', message }), atUs);
    asObjects(answer['content']).forEach((content_block, index) => {
      reader.read(JSON.stringify({ type: 'content_block_start', index, content_block }), atUs);
    });
    const delta = { stop_reason: answer['stop_reason'] };
    reader.read(JSON.stringify({ type: 'message_delta', delta, usage: answer['usage'] }), atUs);
    reader.read(JSON.stringify({ type: 'message_stop' }), atUs);
  },
  errorBody: (code, message) => ({
    type: 'error',
    error: {
      type: anthropicTypes[code] ?? 'invalid_request_error',
      message,
    },
  }),
  keyHeader: (apiKey) => ['x-api-key', apiKey],
};

/** What a path is for: answers, or something beside them. */
export interface Route {
  readonly door: Door;
  /** Below the provider's base URL. */
  readonly path: string;
  readonly purpose: 'answer' | 'compaction' | 'count';
}

export const responsesRoute: Route = { door: responsesDoor, path: '/responses', purpose: 'answer' };

const routes: Readonly<Record<string, Route>> = {
  '/v1/responses': responsesRoute,
  '/v1/responses/compact': { door: responsesDoor, path: '/responses/compact', purpose: 'compaction' },
  '/v1/chat/completions': { door: chatDoor, path: '/chat/completions', purpose: 'answer' },
  '/v1/messages': { door: messagesDoor, path: '/messages', purpose: 'answer' },
  '/v1/messages/count_tokens': { door: messagesDoor, path: '/messages/count_tokens', purpose: 'count' },
};

export function routeOf(path: string): Route | undefined {
  return Object.hasOwn(routes, path) ? routes[path] : undefined;
}

/** The door whose words an error is put in where no route was found. */
export function doorNear(path: string): Door {
  return path.startsWith('/v1/messages') ? messagesDoor : responsesDoor;
}

/** Reads a whole answer; false where it is not the JSON object that it should be. */
export function readAnswer(door: Door, reader: StreamReader, text: string, atUs: number): boolean {
  const answer = parseObject(text);
  if (answer === undefined) return false;
  door.readWhole(reader, answer, atUs);
  return true;
}
