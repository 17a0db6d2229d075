import { addUsage, noUsage, type Usage } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type {
  ConversationItem,
  InferenceClient,
  InferenceError,
  InferenceSession,
  ModelAnswer,
  ModelRequest,
  RespondOptions,
  SessionOptions,
} from '../inference/client.ts';
import { type Clock, systemClock } from '../lib/clock.ts';

/** One answer of the script; a function may take time, look at the request or report failed attempts. */
export type ScriptedAnswer = ModelAnswer | ((asked: Asked) => ModelAnswer | Promise<ModelAnswer>);

export interface Asked {
  readonly request: ModelRequest;
  readonly options: RespondOptions;
  readonly session: SessionOptions;
}

/** A model that says what the test wrote down, turn by turn; past the end it says that it is done. */
export class ScriptedInference implements InferenceClient {
  readonly requests: ModelRequest[] = [];
  readonly sessions: SessionOptions[] = [];
  closed = 0;
  readonly #answers: ScriptedAnswer[];

  constructor(...answers: ScriptedAnswer[]) {
    this.#answers = answers;
  }

  openSession(options: SessionOptions): InferenceSession {
    this.sessions.push(options);
    return {
      respond: (request, respondOptions) =>
        this.#respond({ request, options: respondOptions, session: options }),
      [Symbol.asyncDispose]: async () => {
        this.closed += 1;
      },
    };
  }

  async #respond(asked: Asked): Promise<ModelAnswer> {
    if (asked.options.signal.aborted) return { status: 'aborted' };
    this.requests.push(asked.request);
    const next = this.#answers.shift() ?? says('done');
    const answer = typeof next === 'function' ? await next(asked) : next;
    if ('record' in answer && answer.record !== undefined) asked.session.onRecord(answer.record);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}

export const someUsage: Usage = { ...noUsage, input: 100, output: 10 };

export function says(text: string, usage = someUsage): ModelAnswer & { status: 'completed' } {
  const items: ConversationItem[] = [{ type: 'message', role: 'assistant', text }];
  return { status: 'completed', items, usage, record: requestRecord({ usage }) };
}

let calls = 0;

/** A turn with one tool call, or several. */
export function calling(
  ...wanted: readonly (readonly [name: string, args: unknown])[]
): ModelAnswer & { status: 'completed' } {
  const items = wanted.map(([name, args]): ConversationItem => {
    calls += 1;
    const text = typeof args === 'string' ? args : JSON.stringify(args);
    return { type: 'function-call', callId: `call-${calls}`, name, arguments: text };
  });
  return { status: 'completed', items, usage: someUsage, record: requestRecord({ usage: someUsage }) };
}

export function failing(error: Partial<InferenceError> = {}): ModelAnswer {
  return {
    status: 'failed',
    error: {
      kind: 'overloaded',
      message: 'too busy',
      retryable: true,
      provider: 'openai',
      model: 'gpt',
      ...error,
    },
  };
}

export function requestRecord(
  overrides: Partial<RequestRecord> = {},
  clock: Clock = systemClock,
): RequestRecord {
  const usage = overrides.usage ?? addUsage(noUsage, noUsage);
  return {
    schemaVersion: 1,
    trialId: 't',
    turn: 1,
    attempt: 1,
    kind: 'turn',
    provider: 'simulated',
    model: 'gpt',
    transport: 'responses-websocket',
    connectionReused: false,
    chained: false,
    simulated: true,
    status: 'completed',
    backoffUs: 0,
    marks: { t0: clock.nowUs() },
    chunks: 0,
    requestBytes: 0,
    ...overrides,
    usage,
  };
}
