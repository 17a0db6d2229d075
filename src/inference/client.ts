/**
 * How a model is reached. Knows wires, marks and usage; does not know tasks, sandboxes or tests.
 * A session is one conversation (one trial); over WebSocket it keeps one connection and sends only
 * what is new. Nothing here throws for what a provider does: a failure is a value.
 */
import type { ModelProfile, Usage } from '../domain/model.ts';
import type { RequestRecord } from '../domain/request-record.ts';

export interface InferenceClient extends AsyncDisposable {
  openSession(options: SessionOptions): InferenceSession;
}

export interface SessionOptions {
  readonly model: ModelProfile;
  readonly trialId: string;
  /** Sent as request metadata; the simulator finds its script by them. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every attempt, failed ones included, as soon as it ended. */
  readonly onRecord: (record: RequestRecord) => void;
  readonly onWaiting?: OnWaiting;
  readonly onExchange?: OnExchange;
}

/** An attempt goes out, a token of its answer has come, it has ended in any way. */
export type OnExchange = (what: 'sent' | 'token' | 'ended') => void;

/**
 * A back-off or a wait for the provider's limits begins (true), lasting `atLeastMs` as far as that is known, or
 * has ended (false). What it returns then is waited for before the request goes on.
 */
export type OnWaiting = (waiting: boolean, atLeastMs?: number) => void | Promise<void>;

export interface InferenceSession extends AsyncDisposable {
  /**
   * Sends the conversation and reads the answer to its end, with retries. Never throws and never rejects.
   * The same `input` array grown by the answer's items and new ones is recognised as a continuation.
   */
  respond(request: ModelRequest, options: RespondOptions): Promise<ModelAnswer>;
}

export interface ModelRequest {
  readonly instructions: string;
  /** The whole conversation so far. */
  readonly input: readonly ConversationItem[];
  readonly tools: readonly FunctionTool[];
}

export interface RespondOptions {
  readonly signal: AbortSignal;
  /** Visible text as it comes. */
  readonly onText?: (delta: string) => void;
  /** Each arrival with a token in it, of reasoning and tool calls too. */
  readonly onToken?: () => void;
  /** What the user says into the running answer; only where the model can be steered, over WebSocket. */
  readonly steer?: SteerOrder;
}

/**
 * Once `signal` is aborted the server is told by `response.steer`. The answer ends early, its record saying
 * `steer: 'ended-by'`, and the next request, which has to bring `input` after this one's conversation, reads the
 * successor that the server has begun by itself. Where that does not work, the answer is `aborted`.
 */
export interface SteerOrder {
  readonly signal: AbortSignal;
  readonly input: readonly ConversationItem[];
}

export interface FunctionTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type ConversationItem =
  | {
      readonly type: 'message';
      readonly role: 'user' | 'assistant' | 'developer';
      readonly text: string;
      /** The provider's own label of an assistant message (commentary, final_answer); kept and sent back. */
      readonly phase?: string;
    }
  | {
      readonly type: 'reasoning';
      readonly id?: string;
      readonly summary: string;
      readonly encrypted?: string;
    }
  | {
      readonly type: 'function-call';
      readonly callId: string;
      readonly name: string;
      /** JSON text as the model wrote it; may be malformed. */
      readonly arguments: string;
    }
  | { readonly type: 'function-result'; readonly callId: string; readonly output: string };

export type ModelAnswer =
  | {
      readonly status: 'completed';
      readonly items: readonly ConversationItem[];
      readonly usage: Usage;
      readonly record: RequestRecord;
    }
  /** The provider ended the answer early: output limit, content filter. */
  | {
      readonly status: 'incomplete';
      readonly reason: string;
      readonly items: readonly ConversationItem[];
      readonly usage: Usage;
      readonly record: RequestRecord;
    }
  | { readonly status: 'refused'; readonly message: string; readonly record: RequestRecord }
  /** By the signal or by the budget; with what had come until then, where a request was made. */
  | {
      readonly status: 'aborted';
      /** Items that had come whole. */
      readonly items?: readonly ConversationItem[];
      readonly record?: RequestRecord;
    }
  | { readonly status: 'failed'; readonly error: InferenceError };

export interface InferenceError {
  readonly kind:
    | 'connect'
    | 'rate-limited'
    | 'overloaded'
    | 'server'
    | 'authentication'
    | 'invalid-request'
    | 'context-overflow'
    | 'stream-cut'
    | 'stalled'
    | 'malformed';
  readonly status?: number;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly provider: string;
  readonly model: string;
}
