/** What one response will hold, before it is paced and framed. */
export interface AnswerPlan {
  readonly responseId: string;
  readonly model: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly previousResponseId: string | undefined;
  readonly reasoning: { readonly tokens: number; readonly summary: string } | undefined;
  readonly message: { readonly text: string; readonly phase: 'commentary' | 'final_answer' } | undefined;
  readonly calls: readonly PlannedCall[];
  /** Undefined: the answer says nothing of it, as some servers do. */
  readonly usage: PlannedUsage | undefined;
  readonly timing: AnswerTiming;
}

export interface PlannedCall {
  /** A custom tool takes its input as plain text, a function as JSON. */
  readonly kind: 'function' | 'custom';
  readonly callId: string;
  readonly name: string;
  /** What the tool is given, as it goes over the wire. */
  readonly input: string;
}

export interface PlannedUsage {
  readonly input: number;
  /** Part of `input`. */
  readonly cached: number;
  readonly output: number;
  /** Part of `output`. */
  readonly reasoning: number;
}

export interface AnswerTiming {
  /** From the request's arrival to `response.created`. */
  readonly overheadUs: number;
  /** From `response.created` to the first token. */
  readonly ttftUs: number;
  readonly usPerToken: number;
}
